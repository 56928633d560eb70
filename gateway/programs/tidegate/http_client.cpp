#include "gateway/programs/tidegate/http_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "gateway/control/routes.hpp"

namespace tidegate::cli {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMaxAnswerBytes = 16 << 20;

std::string without_line_end(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

/// co_spawn wants a result that can be empty at first.
using Fetched = std::optional<Result<std::string>>;

asio::awaitable<Fetched> fetch(HostPort address, http::request<http::empty_body> request,
                               std::chrono::milliseconds timeout) {
  const auto away = [](const boost::system::error_code& error) {
    return Error{ErrorKind::kUnavailable, error.message()};
  };
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver(executor);
  const auto [not_found, endpoints] =
      co_await resolver.async_resolve(address.host, std::to_string(address.port), kNoThrow);
  if (not_found) co_return away(not_found);

  boost::beast::tcp_stream stream(executor);
  stream.expires_after(timeout);
  const auto [not_connected, endpoint] = co_await stream.async_connect(endpoints, kNoThrow);
  if (not_connected) co_return away(not_connected);

  const auto [not_sent, sent] = co_await http::async_write(stream, request, kNoThrow);
  if (not_sent) co_return away(not_sent);

  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> answer;
  answer.body_limit(kMaxAnswerBytes);
  const auto [not_read, read] = co_await http::async_read(stream, buffer, answer, kNoThrow);
  if (not_read) co_return away(not_read);
  if (answer.get().result() != http::status::ok) {
    co_return Error{ErrorKind::kInvalid, "answered " + std::to_string(answer.get().result_int()) + ": " +
                                             without_line_end(answer.get().body())};
  }
  co_return Result<std::string>(std::move(answer.get().body()));
}

Result<std::string> ask(http::verb verb, const HostPort& address, const std::string& target,
                        std::chrono::milliseconds timeout) {
  http::request<http::empty_body> request(verb, target, 11);
  request.set(http::field::host, to_string(address));
  request.set(std::string(control::kRequestHeader), "1");
  request.keep_alive(false);
  request.prepare_payload();
  asio::io_context context;
  auto body = asio::co_spawn(context, fetch(address, std::move(request), timeout), asio::use_future);
  context.run();
  return *body.get();
}

}  // namespace

Result<std::string> http_get(const HostPort& address, const std::string& target, std::chrono::milliseconds timeout) {
  return ask(http::verb::get, address, target, timeout);
}

Result<std::string> http_post(const HostPort& address, const std::string& target, std::chrono::milliseconds timeout) {
  return ask(http::verb::post, address, target, timeout);
}

}  // namespace tidegate::cli
