// tidegate-crash-states: draws moments at which the power may go from a record, builds what may be on the medium then,
// mounts it, opens the store that is on it and holds it against what was acknowledged. Prints one JSON object; exit
// status 1 if a promise was broken.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gateway/base/arguments.hpp"
#include "gateway/config/load.hpp"
#include "tests/blockdev/medium.hpp"
#include "tests/blockdev/mounted_image.hpp"
#include "tests/blockdev/recovered_store.hpp"
#include "tests/blockdev/write_log.hpp"

namespace tidegate::blockdev {
namespace {

constexpr std::uint64_t kMostExamples = 5;

constexpr std::array kOptions{
    Option{"--record", "FILE", "what the recorder wrote"},
    Option{"--log", "FILE", "instead: what QEMU's blklogwrites wrote; the power goes at its end"},
    Option{"--content", "FILE", "what the device held before"},
    Option{"--config", "FILE", "the configuration of the gateway that stored on it"},
    Option{"--directory", "DIR", "where it is mounted; the gateway's store.path is the folder \"store\" there"},
    Option{"--delivered", "FILE", "messages that the upstream has: a client and a number a line"},
    Option{"--seed", "N", "of all chance (1)"},
    Option{"--states", "N", "how many (300)"},
    Option{"--only", "N", "this one alone"},
    Option{"--damage", "WHAT", "none, prefix, ...: what the cut does, instead of a draw"},
    Option{"--write", "FILE", "with --only: write the image there instead of looking at it"},
    Option{"--lie", "WHAT", "flushes or acknowledgements: somebody who does not keep the rules, to be found out"},
    Option{"--help", "", "show this"},
};

/// One moment and what the cut does then.
struct State {
  std::uint64_t number = 0;
  std::size_t place = 0;
  Damage damage = Damage::kPrefix;
  simulation::SeededRandom random;
};

class CrashStates {
 public:
  CrashStates(const Arguments& arguments, const Record& record, Buffer content)
      : arguments_(arguments),
        record_(record),
        content_bytes_(content.size()),
        medium_(std::move(content), record, lie()) {}

  int run();

 private:
  [[nodiscard]] Lie lie() const;
  [[nodiscard]] std::optional<Damage> named_damage() const;
  [[nodiscard]] std::uint64_t number(std::string_view option, const char* fallback) const;
  [[nodiscard]] std::vector<State> draw() const;
  void read_configuration();
  void read_delivered();
  void write_image(State& state);
  void look_at(State& state, MountedImage& image);
  std::optional<std::string> recover(MountedImage& image, std::uint64_t seed);
  void print() const;

  const Arguments& arguments_;
  const Record& record_;
  const std::size_t content_bytes_;
  Medium medium_;
  store::LogOptions log_;
  std::string path_;  // store.path
  std::vector<Promise> promises_;
  std::map<std::string, std::uint64_t> counts_;  // states by what they are
  std::uint64_t violations_ = 0;
  std::vector<std::string> examples_;  // JSON objects
};

int CrashStates::run() {
  read_configuration();
  read_delivered();
  std::vector<State> states = draw();
  if (arguments_.has("--write")) return write_image(states.front()), 0;
  auto image = MountedImage::make(content_bytes_, arguments_.get("--directory", ""));
  if (!image) return std::cerr << "crash_states: " << image.error().message << "\n", 2;
  for (State& state : states) look_at(state, **image);
  print();
  return violations_ == 0 ? 0 : 1;
}

/// In the order of the record. A state is the same whether it is drawn alone or among others.
std::vector<State> CrashStates::draw() const {
  const std::uint64_t seed = number("--seed", "1");
  const bool one = arguments_.has("--only");
  const std::uint64_t first = one ? number("--only", "0") : 0;
  const std::uint64_t last = one ? first + 1 : number("--states", "300");
  const Places places(record_);
  std::vector<State> states;
  for (std::uint64_t i = first; i < last; ++i) {
    simulation::SeededRandom random(seed << 32 | i);
    const std::size_t place = arguments_.has("--log") ? record_.events().size() : places.draw(random);
    const Damage damage = kDamages[random.below(kDamages.size())];
    states.push_back({i, place, named_damage().value_or(damage), random});
  }
  std::stable_sort(states.begin(), states.end(), [](const State& a, const State& b) { return a.place < b.place; });
  return states;
}

void CrashStates::look_at(State& state, MountedImage& image) {
  medium_.advance(state.place);
  medium_.crash(state.damage, state.random, image.bytes());
  ++counts_[std::string(to_string(state.damage))];
  ++counts_["during: " + medium_.phase()];
  if (medium_.unflushed() > 0) ++counts_["with unflushed writes"];
  if (medium_.unflushed() > 1) ++counts_["with several unflushed writes"];
  const auto wrong = recover(image, state.random.next());
  if (!wrong || ++violations_ > kMostExamples) return;
  examples_.push_back("{\"state\": " + std::to_string(state.number) + ", \"damage\": \"" +
                      std::string(to_string(state.damage)) + "\", \"during\": \"" + medium_.phase() +
                      "\", \"event\": " + std::to_string(state.place) + ", \"what\": \"" + *wrong + "\"}");
}

std::optional<std::string> CrashStates::recover(MountedImage& image, std::uint64_t seed) {
  for (std::size_t client = 0; client < promises_.size(); ++client)
    promises_[client].acknowledged = client < medium_.acknowledged().size() ? medium_.acknowledged()[client] : 0;
  if (auto mounted = image.mount(); !mounted) return mounted.error().message;
  SystemDisk disk;
  auto wrong = std::optional<std::string>();
  if (auto made = disk.create_directory(path_); !made) wrong = made.error().message;
  if (!wrong) wrong = check_recovered(log_, promises_, seed);
  if (auto unmounted = image.unmount(); !unmounted) return unmounted.error().message;
  return wrong;
}

void CrashStates::write_image(State& state) {
  medium_.advance(state.place);
  Buffer image(content_bytes_);
  medium_.crash(state.damage, state.random, image);
  std::ofstream(arguments_.get("--write", ""), std::ios::binary)
      .write(reinterpret_cast<const char*>(image.data()), static_cast<std::streamsize>(image.size()));
  std::cout << "{\"damage\": \"" << to_string(state.damage) << "\", \"during\": \"" << medium_.phase()
            << "\", \"unflushed\": " << medium_.unflushed() << ", \"acknowledged\": [";
  for (std::size_t client = 0; client < promises_.size(); ++client)
    std::cout << (client > 0 ? ", " : "")
              << (client < medium_.acknowledged().size() ? medium_.acknowledged()[client] : 0);
  std::cout << "]}\n";
}

void CrashStates::print() const {
  std::cout << "{\"states\": {";
  for (auto count = counts_.begin(); count != counts_.end(); ++count)
    std::cout << (count == counts_.begin() ? "" : ", ") << '"' << count->first << "\": " << count->second;
  std::cout << "}, \"violations\": " << violations_ << ", \"examples\": [";
  for (std::size_t i = 0; i < examples_.size(); ++i) std::cout << (i > 0 ? ", " : "") << examples_[i];
  std::cout << "]}\n";
}

Lie CrashStates::lie() const {
  const std::string what = arguments_.get("--lie", "");
  if (what == "flushes") return Lie::kFlushes;
  return what == "acknowledgements" ? Lie::kAcknowledgements : Lie::kNone;
}

std::optional<Damage> CrashStates::named_damage() const {
  const std::string name = arguments_.get("--damage", "");
  const auto* const damage =
      std::find_if(kDamages.begin(), kDamages.end(), [&](Damage one) { return to_string(one) == name; });
  return damage == kDamages.end() ? std::nullopt : std::optional(*damage);
}

std::uint64_t CrashStates::number(std::string_view option, const char* fallback) const {
  return std::stoull(arguments_.get(option, fallback));
}

// As tidegated makes the store's options of its configuration; what is not written there has no part in a recovery.
void CrashStates::read_configuration() {
  SystemDisk disk;
  const config::Loaded loaded = config::load(arguments_.get("--config", ""), "", disk);
  for (const config::Fault& fault : loaded.faults) std::cerr << to_string(fault) << "\n";
  const config::Store& store = loaded.config.store;
  path_ = arguments_.get("--directory", "") + "/store";
  log_.directory = path_ + "/store";
  log_.board_id = "another";
  log_.pool_bytes = store.size_bytes;
  log_.slot_bytes = store.slot_bytes;
  log_.frame_alignment = store.frame_alignment;
  for (const config::Stream& stream : loaded.config.streams)
    log_.streams.push_back(
        {stream.name, stream.quota_bytes,
         stream.when_full == config::WhenFull::kRefuse ? store::WhenFull::kRefuse : store::WhenFull::kDropOldest,
         stream.to});
  promises_.resize(log_.streams.size());
}

void CrashStates::read_delivered() {
  std::ifstream lines(arguments_.get("--delivered", ""));
  std::size_t client = 0;
  std::uint64_t number = 0;
  while (lines >> client >> number) promises_.at(client).delivered.insert(number);
}

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  const auto arguments = Arguments::parse(words, kOptions);
  if (!arguments || arguments->has("--help")) {
    std::cerr << (arguments ? "" : arguments.error().message + "\n") << describe_options(kOptions);
    return 2;
  }
  const auto record = arguments->has("--log") ? load_write_log(arguments->get("--log", ""))
                                              : Record::load(arguments->get("--record", ""));
  std::ifstream content(arguments->get("--content", ""), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(content)), {});
  if (!record) return std::cerr << "crash_states: no record: " << record.error().message << "\n", 2;
  if (bytes.empty()) return std::cerr << "crash_states: no content\n", 2;
  const Bytes held = as_bytes(bytes);
  return CrashStates(*arguments, *record, Buffer(held.begin(), held.end())).run();
}

}  // namespace
}  // namespace tidegate::blockdev

int main(int argc, char** argv) { return tidegate::blockdev::main(argc, argv); }
