#pragma once

#include <functional>
#include <string>
#include <utility>

#include "gateway/base/ids.hpp"
#include "gateway/base/result.hpp"
#include "gateway/store/store.hpp"

namespace tidegate::north {

/// What a route needs of the store; the promises are store::Store's. Reactor only.
class RecordSource {
 public:
  using ReadDone = std::function<void(Result<store::RecordBatch>)>;

  virtual ~RecordSource() = default;
  [[nodiscard]] virtual std::string name(StreamIndex stream) const = 0;
  [[nodiscard]] virtual store::StreamState state(StreamIndex stream) const = 0;
  [[nodiscard]] virtual Offset position(StreamIndex stream, const std::string& upstream, Lane lane) const = 0;
  virtual void read(StreamIndex stream, Offset from, std::size_t max_bytes, ReadDone done) = 0;
  virtual void advance(StreamIndex stream, const std::string& upstream, Lane lane, Offset position) = 0;
  virtual Result<Incarnation> begin_incarnation(StreamIndex stream, Offset from) = 0;
};

/// The store itself, which must outlive it.
class StoreSource final : public RecordSource {
 public:
  explicit StoreSource(store::Store& store) : store_(store) {}

  [[nodiscard]] std::string name(StreamIndex stream) const override { return store_.streams().at(stream.value).name; }
  [[nodiscard]] store::StreamState state(StreamIndex stream) const override { return store_.state(stream); }
  [[nodiscard]] Offset position(StreamIndex stream, const std::string& upstream, Lane lane) const override {
    return store_.position(stream, upstream, lane);
  }
  void read(StreamIndex stream, Offset from, std::size_t max_bytes, ReadDone done) override {
    store_.read(stream, from, max_bytes, std::move(done));
  }
  void advance(StreamIndex stream, const std::string& upstream, Lane lane, Offset position) override {
    store_.advance(stream, upstream, lane, position);
  }
  Result<Incarnation> begin_incarnation(StreamIndex stream, Offset from) override {
    return store_.begin_incarnation(stream, from);
  }

 private:
  store::Store& store_;
};

}  // namespace tidegate::north
