#include "tests/fuzz/files/mutate.h"

#include <algorithm>
#include <utility>

namespace roundtrip::fuzz {

namespace {

/// Numbers at the edges of types.
const std::vector<std::string> kNumbers = {"0",
                                           "-1",
                                           "1",
                                           "2147483648",
                                           "9223372036854775807",
                                           "-9223372036854775808",
                                           "1e9",
                                           "4294967295",
                                           "1844674407",
                                           "1.5",
                                           "1e308",
                                           "18446744073709551615"};

/// A stretch of text between two of these is a piece.
constexpr std::string_view kSeparators = " ,:()[]{}\"'\n";

std::pair<std::size_t, std::size_t> piece_at(const std::string& text, std::size_t place) {
  const std::size_t begin = text.find_first_not_of(kSeparators, place);
  if (begin == text.npos) return {text.size(), 0};
  const std::size_t end = std::min(text.find_first_of(kSeparators, begin), text.size());
  return {begin, end - begin};
}

/// From one bracket to the one that closes it.
std::pair<std::size_t, std::size_t> group_at(const std::string& text, std::size_t place) {
  const std::size_t begin = text.find_first_of("([{", place);
  if (begin == text.npos) return {text.size(), 0};
  int depth = 0;
  for (std::size_t end = begin; end < text.size(); ++end) {
    if (std::string_view("([{").find(text[end]) != std::string_view::npos) ++depth;
    if (std::string_view(")]}").find(text[end]) != std::string_view::npos && --depth == 0) {
      return {begin, end + 1 - begin};
    }
  }
  return {begin, 1};
}

void mutate_once(std::string& text, Random& random, const std::vector<std::string>& words) {
  const auto find = [&](auto at) { return at(text, below(random, text.size() + 1)); };
  const auto [place, size] = random() % 3 ? find(piece_at) : find(group_at);
  const auto [from, from_size] = size > 0 && text[place] == '[' ? find(group_at) : find(piece_at);
  const std::string other = text.substr(from, from_size);
  switch (random() % 8) {
    case 0:
      text.replace(place, size, one_of(kNumbers, random));
      return;
    case 1:
      text.replace(place, size, one_of(words, random));
      return;
    case 2:
      text.erase(place, size);
      return;
    case 3:
      text.insert(place, text.substr(place, size) + ", ");
      return;
    case 4:
      text.insert(place, other);
      return;
    case 5:
      for (auto times = 1 + random() % 6; times > 0; --times)
        text.insert(place, 1, "([{"[random() % 3]);
      return;
    default:
      text.replace(place, size, other);
  }
}

}  // namespace

std::size_t below(Random& random, std::size_t end) {
  return static_cast<std::size_t>(random() % end);
}

std::string mutate_bytes(std::string bytes, Random& random, std::size_t end) {
  const std::size_t limit = end == 0 ? bytes.size() : end;
  for (auto edits = 1 + random() % 4; edits > 0 && !bytes.empty(); --edits) {
    const std::size_t at = below(random, std::min(limit, bytes.size()));
    const std::size_t count = std::min<std::size_t>(1 + random() % 8, bytes.size() - at);
    switch (random() % 6) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        break;
      case 2:
        bytes.replace(at, count, count, random() % 2 ? '\xff' : '\0');
        break;
      case 3:
        bytes.erase(at, count);
        break;
      case 4:
        bytes.insert(at, bytes.substr(below(random, bytes.size()), count));
        break;
      default:
        bytes[at] = bytes[below(random, bytes.size())];
    }
  }
  return bytes;
}

std::string mutate_text(std::string text, Random& random, const std::vector<std::string>& words) {
  for (auto edits = 1 + random() % 3; edits > 0; --edits) mutate_once(text, random, words);
  return text;
}

}  // namespace roundtrip::fuzz
