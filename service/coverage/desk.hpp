#pragma once

#include "service/domain/utc.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace lm::coverage {

/// What is asked.
struct Question {
    std::string id;      // the service's name of a media socket, or LiveKit's id of a track
    std::string meeting; // only of this one; empty: of any
    std::optional<std::filesystem::path> ledger = {}; // where it is, when that is known
};

/// Answers, one after the other on a thread of its own, what became of a track: ledgers may be long, and
/// their disk slow.
class Desk {
public:
    /// JSON of schemas/coverage.schema.json; nullopt: no ledger knows the track. Called on the desk's thread.
    using Reply = std::function<void(std::optional<std::string>)>;

    /// A ledger that began before `since` and has no end was cut by a crash; a younger one is being written.
    explicit Desk(std::string dir, domain::UtcTime since = std::chrono::system_clock::now(),
                  std::size_t mostWaiting = 16);
    /// Does not wait for the disk; questions not answered by then are dropped.
    ~Desk();
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    /// False when too many wait already.
    bool ask(Question question, Reply reply);

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

} // namespace lm::coverage
