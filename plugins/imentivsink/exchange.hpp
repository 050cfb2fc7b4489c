#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/timer.hpp"
#include "plugins/imentivsink/breaker.hpp"
#include "plugins/imentivsink/payload.hpp"

#include <libsoup/soup.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lm::imentivsink {

/// One POST. Everything is ready to be sent; a repetition makes a new Request.
struct Request {
    std::string url;
    std::string contentType;
    std::string authorization; // empty: no header
    Headers headers;
    std::vector<Ref<GBytes>> body;
    std::chrono::milliseconds timeout;
};

/// What came of it. A status counts as soon as the head of the answer is here: a body that breaks off
/// afterwards changes nothing, or a block that was taken would be sent again.
struct Reply {
    unsigned status = 0;               // 0: no answer
    std::string error;                 // why there is none, for people
    std::string retryAfter;            // header value, may be empty
    bool cancelled = false;            // by us: no answer says nothing of the endpoint
    std::optional<std::string> json{}; // body of an answer that is JSON, complete and valid UTF-8
    // Of an answer that is no success, for the one who has to find out why:
    Headers headers{};     // those that matter
    std::string refusal{}; // its body, cut at kMaxKept
};

/// What it tells of the endpoint; of a cancelled attempt only an answer that is final counts.
Answer answerOf(const Reply& reply);
/// Why the block was not taken, for people.
std::string reasonOf(const Reply& reply, bool keySent);

/// One attempt, on the thread of the session, never blocking. Calls back exactly once, never from inside
/// `start`, also after `cancel` and when `timeout` has passed.
class Exchange : public std::enable_shared_from_this<Exchange> {
public:
    using Done = std::function<void(Reply)>;
    static constexpr std::size_t kMaxAnswer = 1U << 20; // bytes of an answer that are read
    static constexpr unsigned kMaxInterim = 8;          // 1xx answers before the real one
    static constexpr std::size_t kMaxKept = 64U << 10;  // bytes of an answer that are kept

    static std::shared_ptr<Exchange> start(SoupSession* session, GMainContext* context,
                                           const Request& request, Done done);
    void cancel() {
        reply_.cancelled = true;
        interrupt();
    }

private:
    struct Interim;

    explicit Exchange(Done done);
    void interrupt() { g_cancellable_cancel(cancellable_.get()); }
    void send(SoupSession* session, GMainContext* context, const Request& request);
    void onAnswer(SoupSession* session, GAsyncResult* result);
    void readMore();
    void onBytes(GAsyncResult* result);
    void finish();
    template <auto Member> static void trampoline(GObject* source, GAsyncResult* result, gpointer data);
    gpointer keepAlive() { return new std::shared_ptr<Exchange>(shared_from_this()); }

    Done done_;
    Ref<GCancellable> cancellable_;
    Ref<SoupMessage> message_;
    Ref<GInputStream> answer_;
    Timer timer_;
    std::chrono::milliseconds timeout_{0};
    bool timedOut_ = false;
    bool wantsJson_ = false;
    std::size_t read_ = 0;
    std::string body_;
    std::array<char, 8192> chunk_; // alive until the read that fills it has called back
    Reply reply_;
};

/// A session as deliveries need it: connections reused, TLS verified, no redirect, cookie, stored credential,
/// content decoding or proxy. `maxConnections` is a ceiling, in all and per host.
Ref<SoupSession> makeSession(unsigned maxConnections);

} // namespace lm::imentivsink
