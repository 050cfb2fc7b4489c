#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/common/handles.hpp"
#include "plugins/common/handover.hpp"
#include "service/http/source.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lm::http {

/// Does TLS handshakes beside the main loop: GIO's block, or take a thread each from a pool that the whole
/// process shares. Lives on the thread-default context of its creator.
class Handshakes {
public:
    /// The secured stream, or a null handle when there is none.
    using Done = std::function<void(Ref<GIOStream>)>;

    /// `threads`: so many at once, the others wait. While a client of an address waits that has fewer threads
    /// than another, that other address loses what it has kept for longer than `patience`: a client that
    /// falls silent keeps out its own neighbours at the most.
    Handshakes(unsigned threads, std::chrono::milliseconds patience);
    /// Ends those under way; no `done` runs any more.
    ~Handshakes();
    Handshakes(const Handshakes&) = delete;
    Handshakes& operator=(const Handshakes&) = delete;

    /// Ends when the client has done its part, or with the socket: the caller keeps the time and shuts it
    /// down. `done` runs on the creator's context.
    void start(Ref<GSocketConnection> stream, std::string address, Ref<GTlsCertificate> certificate,
               Done done);

private:
    struct Job {
        Ref<GSocketConnection> stream;
        std::string address;
        Ref<GTlsCertificate> certificate;
        Done done;
        Ref<GIOStream> secured;
        HandOver made;
    };
    using Jobs = std::vector<std::unique_ptr<Job>>;
    using Clock = std::chrono::steady_clock;

    void run(std::unique_ptr<Job> job);
    void collect();
    void relieve();
    void giveUpTheSlowest();

    const std::chrono::milliseconds patience_;
    Ref<GCancellable> cancelled_;
    std::set<const Job*> started_;                             // not collected yet
    Guarded<std::map<const Job*, Clock::time_point>> running_; // since when
    Guarded<Jobs> finished_;
    HandOver left_; // by the threads
    int event_;     // wakes the main loop
    Source wake_;
    Source pressure_; // while others wait
    GThreadPool* pool_;
};

} // namespace lm::http
