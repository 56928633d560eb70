#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "gateway/control/routes.hpp"

namespace tidegate::control {

struct HttpLimits {
  std::size_t max_request_bytes = 0;
  std::chrono::milliseconds timeout{0};  ///< For reading one request, and for writing one answer.
};

/// One HTTP/1.1 connection: reads a request, answers it, reads the next. Reactor only. The operation it waits for keeps
/// it alive; it ends with its peer, at a limit, or by close().
class HttpConnection {
 public:
  using Handler = std::function<Answer(const Request& request)>;

  virtual ~HttpConnection() = default;
  /// The handler is not called any more after this.
  virtual void close() = 0;

  static std::shared_ptr<HttpConnection> start(boost::asio::ip::tcp::socket socket, HttpLimits limits, Handler handler);
};

}  // namespace tidegate::control
