#pragma once

#include <functional>
#include <string>

#include "gateway/store/record_batch.hpp"
#include "gateway/store/store_view.hpp"

namespace tidegate::store {

/// A record with the name under which an upstream gets it.
struct StoredRecord {
  Incarnation incarnation;
  Record record;
};

/// Where records and what could not be read go, in order of offset.
struct RecordListener {
  std::function<void(const StoredRecord&)> on_record;  ///< The views end with the call.
  std::function<void(Offset from, Offset to)> on_rotten;
};

/// The records of `stream` that are owed at the moment of the call, or with `all` whatever of it still lies in the
/// pool. What a running gateway moves meanwhile is looked up in a newer StoreView; what it no longer keeps, because an
/// upstream has it now, is left out. kNotFound: no such stream, or no store in `directory`. Else as StoreView.
Result<void> each_record(const std::string& directory, Disk& disk, const std::string& stream, bool all,
                         const RecordListener& listener);

}  // namespace tidegate::store
