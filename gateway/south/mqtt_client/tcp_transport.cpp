#include "gateway/south/mqtt_client/tcp_transport.hpp"

#include <openssl/ssl.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/ssl/impl/src.hpp>  // Asio's part that speaks to OpenSSL, compiled here and nowhere else
#include <boost/asio/write.hpp>
#include <utility>

#include "gateway/base/result.hpp"

namespace tidegate::south {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 64 << 10;

class TcpTransport;

/// What pending operations need, and keep alive until they have ended. The plain socket is the TLS stream's lower
/// layer, used by itself.
struct Link {
  Link(asio::io_context& reactor, TcpTransport& owner)
      : transport(&owner), resolver(reactor), stream(reactor, context) {}

  TcpTransport* transport;  // nobody: closed
  tcp::resolver resolver;
  asio::ssl::context context{asio::ssl::context::tls_client};
  asio::ssl::stream<tcp::socket> stream;
  Buffer input;
  Buffer sending;  // what the pending write has
  Buffer unsent;   // what waits for it
};

class TcpTransport final : public Transport {
 public:
  TcpTransport(asio::io_context& reactor, TcpTransportOptions options, TransportListener& listener)
      : options_(std::move(options)), listener_(listener), link_(std::make_shared<Link>(reactor, *this)) {}
  ~TcpTransport() override { close(); }
  TcpTransport(const TcpTransport&) = delete;
  TcpTransport& operator=(const TcpTransport&) = delete;

  void open() override;
  void read() override;
  void write(Bytes bytes) override;
  void write_last(Bytes bytes) override;

 private:
  Result<void> load_authorities();
  void resolve();
  void connect(const tcp::resolver::results_type& endpoints);
  void on_connected();
  [[nodiscard]] bool is_own_listener() const;
  void handshake();
  void write_more();
  void close();
  void lose(const std::string& why);
  [[nodiscard]] std::string where() const { return to_string(options_.address); }
  [[nodiscard]] std::string explain_connect(const error_code& error) const;
  [[nodiscard]] std::string explain_read(const error_code& error) const;
  [[nodiscard]] std::string explain_tls(const error_code& error) const;

  /// `act` once an operation has ended, if this transport is still there.
  template <class Act>
  auto then(Act act) {
    return [link = link_, act = std::move(act)](const error_code& error, auto&&... rest) {
      if (link->transport != nullptr) act(*link->transport, error, std::forward<decltype(rest)>(rest)...);
    };
  }
  /// The layer that is spoken through.
  template <class Act>
  void on_stream(Act act) {
    if (options_.tls) {
      act(link_->stream);
    } else {
      act(link_->stream.next_layer());
    }
  }

  const TcpTransportOptions options_;
  TransportListener& listener_;
  const std::shared_ptr<Link> link_;
};

void TcpTransport::open() {
  if (auto loaded = load_authorities(); !loaded)
    return asio::post(link_->resolver.get_executor(), [link = link_, why = loaded.error().message] {
      if (link->transport != nullptr) link->transport->lose(why);
    });
  resolve();
}

Result<void> TcpTransport::load_authorities() {
  if (!options_.tls) return {};
  error_code error;
  if (options_.ca_file.empty()) {
    link_->context.set_default_verify_paths(error);
  } else {
    link_->context.load_verify_file(options_.ca_file, error);
  }
  if (!error) return {};
  return Error{ErrorKind::kNotFound, "no certificate can be read from " + options_.ca_file + " (" + error.message() +
                                         "); correct broker." + options_.name + ".ca"};
}

void TcpTransport::resolve() {
  const auto& [host, port] = options_.address;
  link_->resolver.async_resolve(
      host, std::to_string(port),
      then([](TcpTransport& self, const error_code& error, const tcp::resolver::results_type& endpoints) {
        if (!error) return self.connect(endpoints);
        self.lose(self.options_.address.host + ": the name is not known (" + error.message() +
                  "); check the spelling and the name server");
      }));
}

void TcpTransport::connect(const tcp::resolver::results_type& endpoints) {
  asio::async_connect(link_->stream.next_layer(), endpoints,
                      then([](TcpTransport& self, const error_code& error, const tcp::endpoint&) {
                        if (error) return self.lose(self.explain_connect(error));
                        self.on_connected();
                      }));
}

void TcpTransport::on_connected() {
  if (is_own_listener())
    return lose(where() + " is this gateway's own listener, so that it would send everything to itself for ever: set " +
                "broker." + options_.name + ".mqtt to the broker's address, or mqtt.listen to another port");
  error_code ignored;
  link_->stream.next_layer().set_option(tcp::no_delay(true), ignored);
  if (options_.tls) return handshake();
  listener_.on_open();
}

// Both ends of a connection to this machine have one address, whatever name was asked for, or both are of loopback:
// Debian gives a machine's own name to 127.0.1.1, which is reached from 127.0.0.1.
bool TcpTransport::is_own_listener() const {
  error_code gone;
  const tcp::socket& socket = link_->stream.next_layer();
  const tcp::endpoint remote = socket.remote_endpoint(gone);
  if (gone || !options_.own_listener) return false;
  const tcp::endpoint local = socket.local_endpoint(gone);
  if (remote.address() != local.address() && !remote.address().is_loopback()) return false;
  return is_same_listener({remote.address().to_string(), remote.port()}, *options_.own_listener);
}

void TcpTransport::handshake() {
  // The name in the handshake (RFC 6066 section 3) is for hosts; an address has none.
  if (!is_ip_address(options_.address.host))
    SSL_ctrl(link_->stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(options_.address.host.c_str()));  // it copies
  error_code refused;
  link_->stream.set_verify_mode(asio::ssl::verify_peer, refused);
  if (!refused) link_->stream.set_verify_callback(asio::ssl::host_name_verification(options_.address.host), refused);
  if (refused) return lose(explain_tls(refused));
  link_->stream.async_handshake(asio::ssl::stream_base::client, then([](TcpTransport& self, const error_code& error) {
                                  if (error) return self.lose(self.explain_tls(error));
                                  self.listener_.on_open();
                                }));
}

void TcpTransport::read() {
  link_->input.resize(kReadBytes);
  on_stream([this](auto& stream) {
    stream.async_read_some(asio::buffer(link_->input),
                           then([](TcpTransport& self, const error_code& error, std::size_t size) {
                             if (error) return self.lose(self.explain_read(error));
                             self.listener_.on_bytes(Bytes(self.link_->input).first(size));
                           }));
  });
}

void TcpTransport::write(Bytes bytes) {
  append(link_->unsent, bytes);
  if (link_->sending.empty()) write_more();
}

void TcpTransport::write_more() {
  if (link_->unsent.empty()) return;
  link_->sending = std::exchange(link_->unsent, {});
  on_stream([this](auto& stream) {
    asio::async_write(stream, asio::buffer(link_->sending),
                      then([](TcpTransport& self, const error_code& error, std::size_t) {
                        self.link_->sending.clear();
                        if (!error) self.write_more();  // that the connection is broken is told by the next read
                      }));
  });
}

void TcpTransport::write_last(Bytes bytes) {
  if (!link_->sending.empty()) return;  // some of it may be on its way, and nothing may overtake the rest
  error_code ignored;
  link_->stream.next_layer().non_blocking(true, ignored);
  on_stream([&](auto& stream) { asio::write(stream, asio::buffer(bytes.data(), bytes.size()), ignored); });
}

void TcpTransport::close() {
  link_->transport = nullptr;
  link_->resolver.cancel();
  error_code ignored;
  link_->stream.next_layer().close(ignored);
}

void TcpTransport::lose(const std::string& why) {
  close();
  listener_.on_lost(why);
}

std::string TcpTransport::explain_connect(const error_code& error) const {
  if (error == asio::error::connection_refused)
    return where() + " refuses the connection: is the broker running, and is this its port?";
  return where() + " cannot be reached (" + error.message() + "); check the network between";
}

std::string TcpTransport::explain_read(const error_code& error) const {
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated)
    return "the broker at " + where() + " closed the connection";
  return "the connection to the broker at " + where() + " broke (" + error.message() + ")";
}

std::string TcpTransport::explain_tls(const error_code& error) const {
  const long verdict = SSL_get_verify_result(link_->stream.native_handle());
  if (verdict == X509_V_OK)
    return where() + ": no TLS connection (" + error.message() + "); a broker without TLS needs tls = false";
  return where() + ": the broker's certificate is not accepted (" + X509_verify_cert_error_string(verdict) +
         "); check broker." + options_.name + ".ca, and that the certificate names this host";
}

}  // namespace

Connector tcp_connector(boost::asio::io_context& reactor, TcpTransportOptions options) {
  return [&reactor, options = std::move(options)](TransportListener& listener) -> std::unique_ptr<Transport> {
    return std::make_unique<TcpTransport>(reactor, options, listener);
  };
}

}  // namespace tidegate::south
