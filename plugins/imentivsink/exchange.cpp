#include "plugins/imentivsink/exchange.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/loopthread.hpp"
#include "plugins/imentivsink/retrypolicy.hpp"

#include <algorithm>
#include <utility>

namespace lm::imentivsink {
namespace {

bool isJson(const char* contentType) {
    if (!contentType) return false;
    const Owned<char> lower(g_ascii_strdown(contentType, -1));
    std::string type = lower.get();
    return type == "application/json" || (type.size() > 5 && type.ends_with("+json"));
}

Ref<GInputStream> bodyStream(const std::vector<Ref<GBytes>>& chunks) {
    auto stream = Ref<GInputStream>::adopt(g_memory_input_stream_new());
    for (const auto& chunk : chunks)
        g_memory_input_stream_add_bytes(G_MEMORY_INPUT_STREAM(stream.get()), chunk.get());
    return stream;
}

gssize length(const std::vector<Ref<GBytes>>& chunks) {
    gsize sum = 0;
    for (const auto& chunk : chunks)
        sum += g_bytes_get_size(chunk.get());
    return static_cast<gssize>(sum);
}

Ref<SoupMessage> makeMessage(const Request& request) {
    auto message = Ref<SoupMessage>::adopt(soup_message_new(SOUP_METHOD_POST, request.url.c_str()));
    if (!message) return {};
    // Followed redirects would take key and audio to wherever an answer points. Without the promise to be
    // idempotent, which the Idempotency-Key keeps, every POST would open a connection of its own.
    constexpr int flags =
        SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_IDEMPOTENT | SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE;
    soup_message_add_flags(message.get(), static_cast<SoupMessageFlags>(flags));
    SoupMessageHeaders* headers = soup_message_get_request_headers(message.get());
    for (const auto& [name, value] : request.headers)
        soup_message_headers_append(headers, name.c_str(), value.c_str());
    if (!request.authorization.empty())
        soup_message_headers_append(headers, "Authorization", request.authorization.c_str());
    soup_message_set_request_body(message.get(), request.contentType.c_str(), bodyStream(request.body).get(),
                                  length(request.body));
    return message;
}

} // namespace

Answer answerOf(const Reply& reply) {
    const Verdict verdict = judge(reply.status);
    if (verdict == Verdict::Refused) return Answer::Refused;
    if (verdict != Verdict::Retry) return Answer::Good; // it answers: this block may be what it does not want
    return reply.cancelled ? Answer::None : Answer::Bad;
}

std::string reasonOf(const Reply& reply, bool keySent) {
    return reply.status ? reasonFor(reply.status, keySent) : reply.error;
}

/// What watches the interim answers to one message. Weak: the message may be the last to go.
struct Exchange::Interim {
    std::weak_ptr<Exchange> exchange;
    unsigned left = kMaxInterim;
};

Exchange::Exchange(Done done)
    : done_(std::move(done)), cancellable_(Ref<GCancellable>::adopt(g_cancellable_new())) {}

std::shared_ptr<Exchange> Exchange::start(SoupSession* session, GMainContext* context, const Request& request,
                                          Done done) {
    std::shared_ptr<Exchange> exchange(new Exchange(std::move(done)));
    exchange->send(session, context, request);
    return exchange;
}

template <auto Member> void Exchange::trampoline(GObject* source, GAsyncResult* result, gpointer data) {
    const std::unique_ptr<std::shared_ptr<Exchange>> self(static_cast<std::shared_ptr<Exchange>*>(data));
    fence("exchange", [&] {
        if constexpr (std::is_invocable_v<decltype(Member), Exchange*, SoupSession*, GAsyncResult*>)
            (self->get()->*Member)(SOUP_SESSION(source), result);
        else
            (self->get()->*Member)(result);
    });
}

void Exchange::send(SoupSession* session, GMainContext* context, const Request& request) {
    timeout_ = request.timeout;
    message_ = makeMessage(request);
    if (!message_) {
        reply_.error = "the URL is not valid";
        postTo(context, [self = shared_from_this()] { self->finish(); });
        return;
    }
    // Repeating is decided above, with a fresh body: this one is spent when the session wants to start over.
    g_signal_connect_object(message_.get(), "restarted", G_CALLBACK(g_cancellable_cancel), cancellable_.get(),
                            G_CONNECT_SWAPPED);
    // libsoup reads interim answers in a loop of its own that sees neither the timer nor, between two of
    // them, a cancellation from outside: a server that never stops sending them would hold every track.
    g_signal_connect_data(
        message_.get(), "got-informational", G_CALLBACK(+[](SoupMessage* message, gpointer data) {
            auto* interim = static_cast<Interim*>(data);
            const bool enough =
                soup_message_get_status(message) == SOUP_STATUS_SWITCHING_PROTOCOLS || interim->left-- == 0;
            if (const auto exchange = interim->exchange.lock(); exchange && enough) exchange->interrupt();
        }),
        new Interim{weak_from_this()}, [](gpointer data, GClosure*) { delete static_cast<Interim*>(data); },
        G_CONNECT_DEFAULT);
    timer_ = Timer(context, request.timeout, [this] {
        timedOut_ = true;
        interrupt();
    });
    soup_session_send_async(session, message_.get(), G_PRIORITY_DEFAULT, cancellable_.get(),
                            &trampoline<&Exchange::onAnswer>, keepAlive());
}

void Exchange::onAnswer(SoupSession* session, GAsyncResult* result) {
    Owned<GError> error;
    answer_ = Ref<GInputStream>::adopt(soup_session_send_finish(session, result, OutPtr(error)));
    if (!answer_) {
        reply_.error =
            timedOut_ ? "no answer within " + std::to_string(timeout_.count()) + " ms" : error->message;
        return finish();
    }
    SoupMessageHeaders* headers = soup_message_get_response_headers(message_.get());
    reply_.status = soup_message_get_status(message_.get());
    if (const char* value = soup_message_headers_get_one(headers, "Retry-After")) reply_.retryAfter = value;
    wantsJson_ = reply_.status / 100 == 2 && isJson(soup_message_headers_get_content_type(headers, nullptr));
    if (reply_.status / 100 != 2)
        for (const char* name : {"Content-Type", "Date", "Server", "WWW-Authenticate", "X-Request-Id"})
            if (const char* value = soup_message_headers_get_one(headers, name))
                reply_.headers.emplace_back(name, value);
    readMore();
}

/// Also of an answer that nobody wants: a connection whose answer was read to its end can be used again.
void Exchange::readMore() {
    g_input_stream_read_async(answer_.get(), chunk_.data(), chunk_.size(), G_PRIORITY_DEFAULT,
                              cancellable_.get(), &trampoline<&Exchange::onBytes>, keepAlive());
}

void Exchange::onBytes(GAsyncResult* result) {
    const gssize size = g_input_stream_read_finish(answer_.get(), result, nullptr);
    if (size < 0) return finish();
    if (size == 0) {
        const bool text = wantsJson_ && !body_.empty() && body_.size() <= kMaxKept &&
                          g_utf8_validate_len(body_.data(), body_.size(), nullptr);
        if (text) reply_.json = std::move(body_);
        return finish();
    }
    read_ += static_cast<std::size_t>(size);
    if (read_ > kMaxAnswer) return finish();
    // One byte more than is kept tells a JSON answer that is too long from one that fits.
    if (wantsJson_ || reply_.status / 100 != 2)
        body_.append(chunk_.data(), std::min(static_cast<std::size_t>(size), kMaxKept + 1 - body_.size()));
    readMore();
}

void Exchange::finish() {
    timer_ = Timer();
    if (reply_.status / 100 != 2) reply_.refusal = body_.substr(0, kMaxKept);
    // Closing an unread answer drops the connection instead of reading on, so none of this waits for the
    // peer.
    answer_.reset();
    message_.reset();
    const Done done = std::exchange(done_, nullptr);
    if (done) done(std::move(reply_));
}

Ref<SoupSession> makeSession(unsigned maxConnections) {
    const int most = static_cast<int>(maxConnections);
    // Idle connections go before the usual servers close them (5 s): a POST into a closing one costs an
    // attempt. The proxy of a desktop or of the environment is not meant for audio: the endpoint is met
    // directly.
    auto session = Ref<SoupSession>::adopt(SOUP_SESSION(
        g_object_new(SOUP_TYPE_SESSION, "max-conns", most, "max-conns-per-host", most, "timeout", 0,
                     "idle-timeout", 4, "user-agent", "live-meeting", "proxy-resolver", nullptr, nullptr)));
    soup_session_remove_feature_by_type(session.get(), SOUP_TYPE_CONTENT_DECODER);
    soup_session_remove_feature_by_type(session.get(), SOUP_TYPE_AUTH_MANAGER);
    return session;
}

} // namespace lm::imentivsink
