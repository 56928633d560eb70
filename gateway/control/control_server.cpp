#include "gateway/control/control_server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <vector>

#include "gateway/base/address.hpp"
#include "gateway/base/listen.hpp"
#include "gateway/control/http_connection.hpp"

namespace tidegate::control {

using boost::asio::ip::tcp;
using boost::system::error_code;

/// What a pending accept or timer keeps alive.
class ControlServer::Impl {
 public:
  Impl(boost::asio::io_context& reactor, ControlOptions options, const Metrics& metrics, StatusSource status,
       Resume resume)
      : options_(std::move(options)),
        metrics_(metrics),
        status_(std::move(status)),
        resume_(std::move(resume)),
        acceptor_(reactor),
        pause_(reactor) {}

  Result<void> listen();
  static void accept(const std::shared_ptr<Impl>& self);
  [[nodiscard]] std::uint16_t port() const;
  void close();

 private:
  static void on_accepted(const std::shared_ptr<Impl>& self, error_code error, tcp::socket socket);
  static void accept_later(const std::shared_ptr<Impl>& self);
  void serve(tcp::socket socket);

  ControlOptions options_;
  const Metrics& metrics_;
  StatusSource status_;
  Resume resume_;
  tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::vector<std::weak_ptr<HttpConnection>> connections_;
  bool closed_ = false;
};

Result<void> ControlServer::Impl::listen() {
  const auto address = parse_host_port(options_.listen);
  if (!address) return Error{address.error().kind, "control.listen: " + address.error().message};
  error_code error;
  const tcp::endpoint endpoint(boost::asio::ip::make_address(address->host, error), address->port);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) return cannot_listen(*address, "control.listen", error.value());
  return {};
}

void ControlServer::Impl::accept(const std::shared_ptr<Impl>& self) {
  self->acceptor_.async_accept(
      [self](error_code error, tcp::socket socket) { on_accepted(self, error, std::move(socket)); });
}

void ControlServer::Impl::on_accepted(const std::shared_ptr<Impl>& self, error_code error, tcp::socket socket) {
  if (self->closed_) return;
  if (error) return accept_later(self);
  self->serve(std::move(socket));
  accept(self);
}

/// No descriptor is free, or the like: asking again at once would spin.
void ControlServer::Impl::accept_later(const std::shared_ptr<Impl>& self) {
  self->pause_.expires_after(std::chrono::milliseconds(500));
  self->pause_.async_wait([self](error_code) {
    if (!self->closed_) accept(self);
  });
}

void ControlServer::Impl::serve(tcp::socket socket) {
  std::erase_if(connections_, [](const std::weak_ptr<HttpConnection>& connection) { return connection.expired(); });
  if (connections_.size() >= options_.max_connections) return;  // the socket closes with its scope
  connections_.push_back(HttpConnection::start(
      std::move(socket), {.max_request_bytes = options_.max_request_bytes, .timeout = options_.timeout},
      [this](const Request& request) { return answer(request, metrics_, status_, resume_); }));
}

std::uint16_t ControlServer::Impl::port() const {
  error_code error;
  return acceptor_.local_endpoint(error).port();
}

void ControlServer::Impl::close() {
  closed_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  for (const std::weak_ptr<HttpConnection>& connection : connections_) {
    if (const auto alive = connection.lock()) alive->close();
  }
  connections_.clear();
}

ControlServer::ControlServer(boost::asio::io_context& reactor, ControlOptions options, const Metrics& metrics,
                             StatusSource status, Resume resume)
    : impl_(std::make_shared<Impl>(reactor, std::move(options), metrics, std::move(status), std::move(resume))) {}

ControlServer::~ControlServer() { impl_->close(); }

Result<void> ControlServer::listen() {
  auto listening = impl_->listen();
  if (listening) Impl::accept(impl_);
  return listening;
}

std::uint16_t ControlServer::port() const { return impl_->port(); }

void ControlServer::close() { impl_->close(); }

}  // namespace tidegate::control
