#include <fmt/format.h>
#include <roundtrip/error.h>
#include <sha2.h>

#include <array>
#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/transform_width.hpp>
#include <map>

#include "runner/page/page.h"
#include "runner/page/page_data.h"
#include "runner/page/page_summary.h"
#include "runner/page/template.h"

namespace roundtrip {

namespace {

/// What the template has between the tags `<NAME>` and `</NAME>`.
std::string element_text(const std::string& page, const std::string& name) {
  const std::string start = "<" + name + ">";
  const std::size_t first = page.find(start) + start.size();
  return page.substr(first, page.find("</" + name + ">", first) - first);
}

/// The hash by which a browser knows a script or a style: 'sha256-...'.
std::string source_hash(const std::string& text) {
  using namespace boost::archive::iterators;
  using Base64 = base64_from_binary<transform_width<const std::uint8_t*, 6, 8>>;
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH + 1> digest{};  // padded: 33 bytes are 44 letters
  SHA2_CTX context;
  ::SHA256Init(&context);
  ::SHA256Update(&context, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  ::SHA256Final(digest.data(), &context);
  const std::string letters(Base64(digest.data()), Base64(digest.data() + digest.size()));
  return "'sha256-" + letters.substr(0, letters.size() - 1) + "='";
}

/// Only the template's own style and script may run, and nothing may be loaded or sent.
std::string security_policy(const std::string& page) {
  return fmt::format(
      "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
      source_hash(element_text(page, "style")), source_hash(element_text(page, "script")));
}

/// The template with a text for each {{NAME}} in it; those texts are not looked into.
std::string filled(const std::string& page, const std::map<std::string, std::string>& texts) {
  std::string result;
  std::size_t start = 0;
  for (std::size_t mark; (mark = page.find("{{", start)) != std::string::npos;) {
    const std::size_t end = page.find("}}", mark);
    result.append(page, start, mark - start);
    result += texts.at(page.substr(mark + 2, end - mark - 2));
    start = end + 2;
  }
  return result.append(page, start);
}

}  // namespace

std::string page_html(const Page& page) {
  const std::string text = kPageTemplate;
  return filled(text, {{"policy", security_policy(text)},
                       {"title", page_title(page)},
                       {"overview", page_overview(page)},
                       {"details", page_details(page)},
                       {"data", page_data(page)}});
}

}  // namespace roundtrip
