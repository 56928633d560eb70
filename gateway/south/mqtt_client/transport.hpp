#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gateway/base/bytes.hpp"

namespace tidegate::south {

/// What a transport tells; all on the reactor. It may be destroyed from within each of these calls.
class TransportListener {
 public:
  virtual ~TransportListener() = default;
  /// Bytes go both ways now.
  virtual void on_open() = 0;
  /// What one read() brought. A view for the time of the call.
  virtual void on_bytes(Bytes bytes) = 0;
  /// It was never there, or is gone; `why` is for the owner. Nothing follows.
  virtual void on_lost(const std::string& why) = 0;
};

/// One connection to a broker: bytes, in order. Reactor only. Destroyed, it is closed, and its listener hears nothing
/// more.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Connects; on_open() or on_lost() follows, not within the call. Has no deadline of its own.
  virtual void open() = 0;
  /// Reads once; on_bytes() follows when something is there. Not while another read waits.
  virtual void read() = 0;
  /// Copies, and sends when the socket takes it. Not bounded: the caller's business.
  virtual void write(Bytes bytes) = 0;
  /// Sends what the socket takes without waiting, and is of no more use: the reactor need not run any more.
  virtual void write_last(Bytes bytes) = 0;
};

/// Makes a transport that is not open yet.
using Connector = std::function<std::unique_ptr<Transport>(TransportListener&)>;

}  // namespace tidegate::south
