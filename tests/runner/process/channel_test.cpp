#include "runner/process/channel.h"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace roundtrip;
using nlohmann::json;

TEST_CASE("messages arrive whole and in order, however they are cut") {
  auto [left, right] = make_socket_pair();
  Channel sender(std::move(left));
  Channel receiver(std::move(right));
  const std::string large(100'000, 'x');
  REQUIRE(sender.send({{"n", 1}}));
  REQUIRE(sender.send({{"n", 2}, {"text", large}}));
  std::vector<json> received;
  while (received.size() < 2) {
    REQUIRE(receiver.fill());
    while (auto message = receiver.next()) received.push_back(*message);
  }
  CHECK(received[0] == json{{"n", 1}});
  CHECK(received[1]["text"] == large);
}

TEST_CASE("descriptors travel with their messages") {
  auto [left, right] = make_socket_pair();
  Channel sender(std::move(left));
  Channel receiver(std::move(right));
  Pipe first = make_pipe();
  Pipe second = make_pipe();
  REQUIRE(sender.send({{"n", 1}}, {first.write.get(), second.write.get()}));
  first.write.reset();
  second.write.reset();
  REQUIRE(receiver.fill());
  REQUIRE(receiver.next());
  REQUIRE(::write(receiver.take_fd().get(), "1", 1) == 1);
  REQUIRE(::write(receiver.take_fd().get(), "2", 1) == 1);
  std::string text;
  REQUIRE(read_waiting(first.read, text));
  REQUIRE(read_waiting(second.read, text));
  CHECK(text == "12");
  CHECK_FALSE(read_waiting(first.read, text));  // no copy of the writing end is left
  CHECK_THROWS(receiver.take_fd());
}

TEST_CASE("the other side's end is seen by both directions") {
  auto [left, right] = make_socket_pair();
  Channel sender(std::move(left));
  right.reset();
  CHECK_FALSE(sender.send({{"n", 1}}));
  CHECK_FALSE(sender.fill());
}
