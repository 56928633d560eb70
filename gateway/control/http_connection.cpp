#include "gateway/control/http_connection.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "gateway/base/version.hpp"

namespace tidegate::control {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

class BeastConnection final : public HttpConnection {
 public:
  BeastConnection(boost::asio::ip::tcp::socket socket, HttpLimits limits, Handler handler)
      : stream_(std::move(socket)), limits_(limits), buffer_(limits.max_request_bytes), handler_(std::move(handler)) {}

  // Each step hands `self` to the next one: whoever waits owns the connection.
  static void read(const std::shared_ptr<BeastConnection>& self) {
    self->request_.emplace();
    self->request_->header_limit(static_cast<std::uint32_t>(self->limits_.max_request_bytes));
    self->stream_.expires_after(self->limits_.timeout);
    http::async_read(self->stream_, self->buffer_, *self->request_,
                     [self](error_code error, std::size_t) { on_read(self, error); });
  }

  void close() override {
    closed_ = true;
    stream_.close();
  }

 private:
  static void on_read(const std::shared_ptr<BeastConnection>& self, error_code error) {
    if (self->closed_) return;
    // A request with a body is understood, and its body left unread: the connection ends after the answer.
    const bool has_body = error == http::error::unexpected_body;
    if (!error || has_body) {
      const bool keep_alive = self->request_->get().keep_alive() && !has_body;
      return write(self, self->handler_(self->described()), keep_alive);
    }
    // Only what is HTTP gone wrong is worth an answer; a peer that left or fell silent does not hear it.
    const bool is_bad_request = error.category() == make_error_code(http::error::bad_method).category() &&
                                error != http::error::end_of_stream && error != http::error::partial_message;
    if (!is_bad_request) return self->close();
    const bool too_large = error == http::error::header_limit || error == http::error::buffer_overflow;
    write(self, {.status = too_large ? 431U : 400U, .body = error.message() + "\n"}, false);
  }

  [[nodiscard]] Request described() {
    const auto& request = request_->get();
    error_code error;
    const auto peer = stream_.socket().remote_endpoint(error).address();
    return {.method = request.method_string(),
            .target = request.target(),
            .host = request[http::field::host],
            .is_from_this_machine = !error && is_this_machine(peer),
            .has_request_header = request.find(kRequestHeader) != request.end()};
  }

  static bool is_this_machine(const boost::asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())  // a listener on [::]
      return make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).is_loopback();
    return address.is_loopback();
  }

  static void write(const std::shared_ptr<BeastConnection>& self, Answer answer, bool keep_alive) {
    auto& response = self->response_;
    const bool is_head = self->request_->get().method() == http::verb::head;
    response = {};
    response.result(answer.status);
    response.set(http::field::server, "tidegate/" + std::string(kVersion));
    response.set(http::field::content_type, answer.content_type);
    response.set(http::field::cache_control, "no-store");
    if (answer.status == 405) response.set(http::field::allow, answer.allow);
    response.content_length(answer.body.size());  // of HEAD too: what GET would have sent (RFC 9110 section 9.3.2)
    response.keep_alive(keep_alive);
    if (!is_head) response.body() = std::move(answer.body);
    self->stream_.expires_after(self->limits_.timeout);
    http::async_write(self->stream_, response,
                      [self, keep_alive](error_code error, std::size_t) { on_written(self, error, keep_alive); });
  }

  static void on_written(const std::shared_ptr<BeastConnection>& self, error_code error, bool keep_alive) {
    if (self->closed_) return;
    if (!error && keep_alive) return read(self);
    error_code ignored;
    self->stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    self->close();
  }

  beast::tcp_stream stream_;
  HttpLimits limits_;
  beast::flat_buffer buffer_;
  Handler handler_;
  std::optional<http::request_parser<http::empty_body>> request_;
  http::response<http::string_body> response_;
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<HttpConnection> HttpConnection::start(boost::asio::ip::tcp::socket socket, HttpLimits limits,
                                                      Handler handler) {
  const auto connection = std::make_shared<BeastConnection>(std::move(socket), limits, std::move(handler));
  BeastConnection::read(connection);
  return connection;
}

}  // namespace tidegate::control
