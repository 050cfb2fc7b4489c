#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/common/handles.hpp"
#include "plugins/common/loopthread.hpp"

#include <libsoup/soup.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace lm::test {

/// A request as the fake analysis service saw it. Header names are in lower case.
struct ReceivedPost {
    std::string method;
    std::string path;
    std::string query; // as sent
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    unsigned peerPort = 0; // tells connections apart

    /// Empty when there is none.
    std::string header(const std::string& name) const;
    /// The decoded value of a query parameter.
    std::string parameter(const std::string& name) const;
};

struct Answer {
    unsigned status = 200;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    bool hold = false; // do not answer until release()
};

/// An HTTP server on 127.0.0.1 and a free port, on its own thread, that records what it gets and answers as
/// told.
class FakeService {
public:
    /// Called on the server's thread for every request; `index` counts from 0.
    using Script = std::function<Answer(const ReceivedPost& request, std::size_t index)>;

    explicit FakeService(Script script = [](const ReceivedPost&, std::size_t) { return Answer{}; });
    ~FakeService();

    std::string url(const std::string& path = "/ingest") const;
    std::vector<ReceivedPost> received();
    std::size_t held();
    /// The most requests that were held at once.
    std::size_t mostHeld();
    /// Answers everything that is held, oldest first, or the oldest only.
    void release();
    void releaseOne();
    /// From now on nothing is held.
    void releaseAllFromNowOn();

    /// False when the deadline (20 s) came first. `done` is called with the lock held, on what was received
    /// so far.
    bool
    waitUntil(const std::function<bool(const std::vector<ReceivedPost>& received, std::size_t held)>& done);
    bool waitForRequests(std::size_t count);
    bool waitForHeld(std::size_t count);

private:
    struct Held {
        Ref<SoupServerMessage> message;
        Answer answer;
    };
    struct State {
        std::vector<ReceivedPost> received;
        std::size_t held = 0;
        std::size_t mostHeld = 0;
    };

    void onRequest(SoupServerMessage* message, const char* path);
    void answerHeld(std::size_t most);
    void countHeld();

    Script script_;
    Guarded<State> state_;
    std::condition_variable changed_;
    std::vector<Held> held_; // server's thread
    bool neverHold_ = false; // server's thread
    Ref<SoupServer> server_; // server's thread
    unsigned port_ = 0;
    LoopThread loop_;
};

/// Accepts connections, reads until `\r\n\r\n` and answers with fixed bytes, then closes. For answers that
/// are not HTTP.
class RawPeer {
public:
    explicit RawPeer(std::string answer);
    ~RawPeer();
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/ingest"; }

private:
    void listen();

    std::string answer_;
    Ref<GSocketService> service_;
    unsigned port_ = 0;
    LoopThread loop_;
};

/// A port of 127.0.0.1 on which nobody listens.
unsigned refusedPort();

} // namespace lm::test
