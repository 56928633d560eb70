#pragma once

#include <string>

#include "tests/blockdev/record.hpp"

namespace tidegate::blockdev {

/// What QEMU's blklogwrites, with a log-sector-size of 512, was asked to write and to flush, as a record of writes and
/// flushes. The format is that of the kernel's dm-log-writes (admin-guide/device-mapper/log-writes.rst).
///
/// QEMU may have been killed at any moment: the superblock counts the entries up to the last flush that was answered,
/// and behind them are writes that no flush covers, up to the first that is not whole. kCorrupt: it is no such log, or
/// one of the counted entries is not whole.
Result<Record> parse_write_log(Bytes log);
/// The file's. kNotFound, kIo as well.
Result<Record> load_write_log(const std::string& path);

}  // namespace tidegate::blockdev
