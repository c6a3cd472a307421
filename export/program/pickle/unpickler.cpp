#include "export/program/pickle/unpickler.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

namespace roundtrip::pickle {

void damaged(const std::string& reason) {
  throw ArchiveError("", "damaged pickle: " + reason);
}

namespace {

constexpr int kMaxDepth = 1000;

/// Puts `part` into `whole`. A container that is a part already stays as it is, so that
/// objects have no cycles and their depth is known.
void hold(Object& whole, const ObjectPtr& part) {
  part->is_part = true;
  if (whole.is_part) damaged("a container changes after it became part of another");
  whole.depth = std::max(whole.depth, part->depth + 1);
  if (whole.depth > kMaxDepth) damaged("it nests without end");
}

template <typename T>
ObjectPtr make(T value) {
  return std::make_shared<Object>(Object{std::move(value)});
}

/// The stack machine that a pickle is a program for.
class Machine {
 public:
  Machine(std::string_view text, const Environment& environment)
      : text_(text), environment_(environment) {}

  ObjectPtr run();

  // What instructions are made of.
  std::string_view take(std::size_t count) {
    if (count > text_.size() - position_) damaged("it ends too early");
    position_ += count;
    return text_.substr(position_ - count, count);
  }

  std::string_view take_line() {
    auto end = text_.find('\n', position_);
    if (end == text_.npos) damaged("it ends too early");
    auto line = take(end - position_);
    take(1);
    return line;
  }

  /// A little-endian integer of the width of T.
  template <typename T>
  T take_number() {
    T number;
    std::memcpy(&number, take(sizeof number).data(), sizeof number);
    return number;
  }

  void push(ObjectPtr object) { stack_.push_back(std::move(object)); }

  ObjectPtr pop() {
    if (stack_.size() <= floor()) damaged("the stack is empty");
    auto object = std::move(stack_.back());
    stack_.pop_back();
    return object;
  }

  const ObjectPtr& top() const {
    if (stack_.size() <= floor()) damaged("the stack is empty");
    return stack_.back();
  }

  void mark() { marks_.push_back(stack_.size()); }

  Objects pop_to_mark() {
    if (marks_.empty()) damaged("a mark is missing");
    auto start = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    Objects objects(std::make_move_iterator(start), std::make_move_iterator(stack_.end()));
    stack_.erase(start, stack_.end());
    marks_.pop_back();
    return objects;
  }

  /// Places are numbered from 0, so there are fewer than bytes.
  void remember(std::uint32_t place) {
    if (place >= text_.size()) damaged("an unknown memo number");
    memo_[place] = top();
  }

  void recall(std::uint32_t place) {
    auto found = memo_.find(place);
    if (found == memo_.end()) damaged("an unknown memo number");
    push(found->second);
  }

  const Environment& environment() const { return environment_; }

 private:
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  std::string_view text_;
  std::size_t position_ = 0;
  const Environment& environment_;
  Objects stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, ObjectPtr> memo_;
};

// ---- instructions ---------------------------------------------------------

void take_protocol(Machine& machine) {
  auto protocol = machine.take_number<std::uint8_t>();
  if (protocol > 2) {
    throw UnsupportedError("a pickle of protocol " + std::to_string(protocol) +
                           "; torch.save writes protocol 2");
  }
}

void take_global(Machine& machine) {
  std::string name(machine.take_line());
  name.append(".").append(machine.take_line());
  if (name.starts_with("__builtin__.")) name.replace(0, 11, "builtins");
  const auto& environment = machine.environment();
  if (environment.constructors.contains(name) || environment.is_known_name(name)) {
    return machine.push(make(Global{std::move(name)}));
  }
  if (!environment.passes_foreign) refuse_foreign(name);
  machine.push(make(Foreign{std::move(name)}));
}

void push_result(Machine& machine, Object result, const ObjectPtr& arguments) {
  auto object = std::make_shared<Object>(std::move(result));
  hold(*object, arguments);
  machine.push(std::move(object));
}

Object instance_of(const Machine& machine, const std::string& name) {
  const auto& instance_of = machine.environment().instance_of;
  if (!instance_of) damaged("'" + name + "' is called");
  return instance_of(name);
}

bool is_foreign(const ObjectPtr& object) {
  return std::holds_alternative<Foreign>(object->data);
}

/// What is made of `type` with `part`; it stays as foreign as that is.
void push_foreign(Machine& machine, const ObjectPtr& type, const ObjectPtr& part) {
  push_result(machine, {Foreign{as<Foreign>(type).name}}, part);
}

void take_reduce(Machine& machine) {
  auto arguments = machine.pop();
  auto callable = machine.pop();
  if (is_foreign(callable)) return push_foreign(machine, callable, arguments);
  const auto& name = as<Global>(callable).name;
  const auto& constructors = machine.environment().constructors;
  auto constructor = constructors.find(name);
  // TorchScript calls an enum's class with the value itself, and not with a tuple.
  push_result(machine,
              constructor == constructors.end()
                  ? instance_of(machine, name)
                  : constructor->second(as<Sequence>(arguments).items),
              arguments);
}

/// Leaves the class in the instance's place: it is made when its state is known.
void take_new_object(Machine& machine) {
  machine.pop();
  if (!is_foreign(machine.top())) as<Global>(machine.top());
}

void take_state(Machine& machine) {
  auto state = machine.pop();
  auto type = machine.pop();
  if (is_foreign(type)) return push_foreign(machine, type, state);
  push_result(machine, instance_of(machine, as<Global>(type).name), state);
}

void take_persistent_id(Machine& machine) {
  auto id = machine.pop();
  machine.push(
      std::make_shared<Object>(machine.environment().persistent_load(as<Sequence>(id).items)));
}

void push_tuple(Machine& machine, Objects items) {
  auto tuple = make(Sequence{"builtins.tuple", "null", {}});
  for (const auto& item : items) hold(*tuple, item);
  std::get<Sequence>(tuple->data).items = std::move(items);
  machine.push(std::move(tuple));
}

template <std::size_t kSize>
void take_tuple(Machine& machine) {
  Objects items(kSize);
  for (auto item = items.rbegin(); item != items.rend(); ++item) *item = machine.pop();
  push_tuple(machine, std::move(items));
}

void append(Machine& machine, const Objects& items) {
  if (is_foreign(machine.top())) return;
  auto* list = std::get_if<Sequence>(&machine.top()->data);
  if (!list || list->type == "builtins.tuple") damaged("items are added to no list");
  for (const auto& item : items) hold(*machine.top(), item);
  list->items.insert(list->items.end(), items.begin(), items.end());
}

void set_items(Machine& machine, const Objects& pairs) {
  if (is_foreign(machine.top())) return;
  auto* dict = std::get_if<Dict>(&machine.top()->data);
  if (!dict || pairs.size() % 2 != 0) damaged("entries are added to no dict");
  for (const auto& object : pairs) hold(*machine.top(), object);
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    dict->entries.emplace_back(pairs[i], pairs[i + 1]);
  }
}

void take_long(Machine& machine) {
  auto bytes = machine.take(machine.take_number<std::uint8_t>());
  if (bytes.size() > sizeof(std::int64_t)) {
    throw UnsupportedError("it holds an integer that does not fit 64 bits");
  }
  std::int64_t value = !bytes.empty() && (bytes.back() & 0x80) ? -1 : 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  machine.push(make(value));
}

void take_float(Machine& machine) {  // the one big-endian number
  auto bits = machine.take_number<std::uint64_t>();
  machine.push(make(std::bit_cast<double>(__builtin_bswap64(bits))));
}

template <typename T>
void take_int(Machine& machine) {
  machine.push(make(static_cast<std::int64_t>(machine.take_number<T>())));
}

using Instruction = void (*)(Machine&);

constexpr std::array<Instruction, 256> make_instructions() {
  std::array<Instruction, 256> table{};
  auto set = [&](unsigned code, Instruction instruction) { table[code] = instruction; };
  set(0x80, take_protocol);
  set('c', take_global);
  set('R', take_reduce);
  set(0x81, take_new_object);
  set('b', take_state);
  set('Q', take_persistent_id);
  set('(', [](Machine& m) { m.mark(); });
  set('t', [](Machine& m) { push_tuple(m, m.pop_to_mark()); });
  set(')', take_tuple<0>);
  set(0x85, take_tuple<1>);
  set(0x86, take_tuple<2>);
  set(0x87, take_tuple<3>);
  set(']', [](Machine& m) { m.push(make(Sequence{"builtins.list", "null", {}})); });
  set('}', [](Machine& m) { m.push(make(Dict{"builtins.dict", "null", {}})); });
  set('a', [](Machine& m) {
    auto item = m.pop();
    append(m, {item});
  });
  set('e', [](Machine& m) {
    auto items = m.pop_to_mark();
    append(m, items);
  });
  set('s', [](Machine& m) {
    auto value = m.pop();
    auto key = m.pop();
    set_items(m, {key, value});
  });
  set('u', [](Machine& m) {
    auto pairs = m.pop_to_mark();
    set_items(m, pairs);
  });
  set('q', [](Machine& m) { m.remember(m.take_number<std::uint8_t>()); });
  set('r', [](Machine& m) { m.remember(m.take_number<std::uint32_t>()); });
  set('h', [](Machine& m) { m.recall(m.take_number<std::uint8_t>()); });
  set('j', [](Machine& m) { m.recall(m.take_number<std::uint32_t>()); });
  set('N', [](Machine& m) { m.push(make(std::monostate())); });
  set(0x88, [](Machine& m) { m.push(make(true)); });
  set(0x89, [](Machine& m) { m.push(make(false)); });
  set('J', take_int<std::int32_t>);
  set('K', take_int<std::uint8_t>);
  set('M', take_int<std::uint16_t>);
  set(0x8a, take_long);
  set('G', take_float);
  set('X', [](Machine& m) { m.push(make(std::string(m.take(m.take_number<std::uint32_t>())))); });
  return table;
}

ObjectPtr Machine::run() {
  static constexpr auto kInstructions = make_instructions();
  constexpr unsigned char kStop = '.';
  while (true) {
    auto code = static_cast<unsigned char>(take(1)[0]);
    if (code == kStop) return pop();
    if (!kInstructions[code]) {
      throw UnsupportedError("it uses pickle instruction " + std::to_string(code) +
                             ", which only objects of other classes need");
    }
    kInstructions[code](*this);
  }
}

}  // namespace

void refuse_foreign(const std::string& name) {
  throw UnsupportedError("it holds an object of '" + name +
                         "', a class or function that is never unpickled");
}

ObjectPtr unpickle(std::string_view text, const Environment& environment) {
  return Machine(text, environment).run();
}

}  // namespace roundtrip::pickle
