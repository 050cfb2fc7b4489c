#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/timer.hpp"

#include <libsoup/soup.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace lm::livekit {

/// One POST of JSON.
struct CallRequest {
    std::string url;
    std::string authorization; // the header's value: a secret
    std::string body;          // may hold secrets
    std::chrono::milliseconds timeout{10'000};
};

/// What came of it: a whole answer, or an error.
struct CallAnswer {
    unsigned status = 0; // 0: none
    std::string body;
    std::string error; // why there is none, for people
    bool sent = false; // the request may have reached the peer
};

/// One HTTP request on the thread of `context`, never blocking. Calls back exactly once, never from inside
/// `start`, also when `timeout` has passed and after `cancel`.
class Call : public std::enable_shared_from_this<Call> {
public:
    using Done = std::function<void(CallAnswer)>;
    static constexpr std::size_t maxAnswer = 8U << 20;

    static std::shared_ptr<Call> start(SoupSession* session, GMainContext* context,
                                       const CallRequest& request, Done done);
    void cancel() { g_cancellable_cancel(cancellable_.get()); }

private:
    explicit Call(Done done);
    void send(SoupSession* session, GMainContext* context, const CallRequest& request);
    void onAnswer(SoupSession* session, GAsyncResult* result);
    void readMore();
    void onBytes(GAsyncResult* result);
    void fail(std::string error);
    void finish();
    std::string reason(const GError* error) const;
    template <auto Member> static void trampoline(GObject* source, GAsyncResult* result, gpointer data);
    gpointer keepAlive() { return new std::shared_ptr<Call>(shared_from_this()); }

    Done done_;
    const Ref<GCancellable> cancellable_;
    Ref<SoupMessage> message_;
    Ref<GInputStream> stream_;
    Timer timer_;
    std::chrono::milliseconds timeout_{0};
    bool timedOut_ = false;
    unsigned interimLeft_ = 8;      // 1xx answers before the real one
    std::array<char, 16384> chunk_; // alive until the read that fills it has called back
    CallAnswer answer_;
};

/// A session for the API: connections reused, TLS verified, no redirect, cookie, stored credential or proxy.
Ref<SoupSession> makeSession();

} // namespace lm::livekit
