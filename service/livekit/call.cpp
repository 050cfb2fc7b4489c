#include "service/livekit/call.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/loopthread.hpp"

#include <type_traits>
#include <utility>

namespace lm::livekit {
namespace {

constexpr int maxConnections = 32;

Ref<SoupMessage> makeMessage(const CallRequest& request) {
    auto message = Ref<SoupMessage>::adopt(soup_message_new(SOUP_METHOD_POST, request.url.c_str()));
    if (!message) return {};
    // A redirect would take the token elsewhere. On connections of its own: libsoup would repeat a POST on a
    // reused one that turns out to be closed, and a start must not be made twice.
    constexpr int flags =
        SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_NEW_CONNECTION | SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE;
    soup_message_add_flags(message.get(), static_cast<SoupMessageFlags>(flags));
    SoupMessageHeaders* headers = soup_message_get_request_headers(message.get());
    soup_message_headers_append(headers, "Authorization", request.authorization.c_str());
    soup_message_headers_append(headers, "Accept", "application/json");
    const auto body = Ref<GBytes>::adopt(g_bytes_new(request.body.data(), request.body.size()));
    soup_message_set_request_body_from_bytes(message.get(), "application/json", body.get());
    return message;
}

} // namespace

Call::Call(Done done) : done_(std::move(done)), cancellable_(Ref<GCancellable>::adopt(g_cancellable_new())) {}

std::shared_ptr<Call> Call::start(SoupSession* session, GMainContext* context, const CallRequest& request,
                                  Done done) {
    std::shared_ptr<Call> call(new Call(std::move(done)));
    call->send(session, context, request);
    return call;
}

template <auto Member> void Call::trampoline(GObject* source, GAsyncResult* result, gpointer data) {
    const std::unique_ptr<std::shared_ptr<Call>> self(static_cast<std::shared_ptr<Call>*>(data));
    fence("livekit call", [&] {
        if constexpr (std::is_invocable_v<decltype(Member), Call*, SoupSession*, GAsyncResult*>)
            (self->get()->*Member)(SOUP_SESSION(source), result);
        else
            (self->get()->*Member)(result);
    });
}

void Call::send(SoupSession* session, GMainContext* context, const CallRequest& request) {
    timeout_ = request.timeout;
    message_ = makeMessage(request);
    if (!message_) {
        answer_.error = "the URL is not valid";
        return postTo(context, [self = shared_from_this()] { self->finish(); });
    }
    g_signal_connect_object(message_.get(), "restarted", G_CALLBACK(g_cancellable_cancel), cancellable_.get(),
                            G_CONNECT_SWAPPED);
    // From here on the peer may act on it; libsoup reads interim answers without looking at the cancellable.
    const std::weak_ptr<Call> weak = weak_from_this();
    const auto connect = [&](const char* signal, void (*handler)(SoupMessage*, gpointer)) {
        g_signal_connect_data(
            message_.get(), signal, G_CALLBACK(handler), new std::weak_ptr<Call>(weak),
            [](gpointer data, GClosure*) { delete static_cast<std::weak_ptr<Call>*>(data); },
            G_CONNECT_DEFAULT);
    };
    connect("wrote-headers", [](SoupMessage*, gpointer data) {
        if (const auto call = static_cast<std::weak_ptr<Call>*>(data)->lock()) call->answer_.sent = true;
    });
    connect("got-informational", [](SoupMessage*, gpointer data) {
        const auto call = static_cast<std::weak_ptr<Call>*>(data)->lock();
        if (call && --call->interimLeft_ == 0) call->cancel();
    });
    timer_ = Timer(context, request.timeout, [this] {
        timedOut_ = true;
        cancel();
    });
    soup_session_send_async(session, message_.get(), G_PRIORITY_DEFAULT, cancellable_.get(),
                            &trampoline<&Call::onAnswer>, keepAlive());
}

std::string Call::reason(const GError* error) const {
    return timedOut_ ? "no answer within " + std::to_string(timeout_.count()) + " ms" : error->message;
}

void Call::onAnswer(SoupSession* session, GAsyncResult* result) {
    Owned<GError> error;
    stream_ = Ref<GInputStream>::adopt(soup_session_send_finish(session, result, OutPtr(error)));
    if (!stream_) return fail(reason(error.get()));
    answer_.status = soup_message_get_status(message_.get());
    readMore();
}

void Call::readMore() {
    g_input_stream_read_async(stream_.get(), chunk_.data(), chunk_.size(), G_PRIORITY_DEFAULT,
                              cancellable_.get(), &trampoline<&Call::onBytes>, keepAlive());
}

void Call::onBytes(GAsyncResult* result) {
    Owned<GError> error;
    const gssize size = g_input_stream_read_finish(stream_.get(), result, OutPtr(error));
    if (size < 0) return fail(reason(error.get()));
    if (size == 0) return finish();
    answer_.body.append(chunk_.data(), static_cast<std::size_t>(size));
    if (answer_.body.size() > maxAnswer)
        return fail("its answer is longer than " + std::to_string(maxAnswer) + " bytes");
    readMore();
}

/// Half an answer is none.
void Call::fail(std::string error) {
    answer_.status = 0;
    answer_.body.clear();
    answer_.error = std::move(error);
    finish();
}

void Call::finish() {
    timer_ = Timer();
    stream_.reset();
    message_.reset();
    if (const Done done = std::exchange(done_, nullptr)) done(std::move(answer_));
}

Ref<SoupSession> makeSession() {
    auto session = Ref<SoupSession>::adopt(SOUP_SESSION(
        g_object_new(SOUP_TYPE_SESSION, "max-conns", maxConnections, "max-conns-per-host", maxConnections,
                     "timeout", 0, "user-agent", "live-meeting", "proxy-resolver", nullptr, nullptr)));
    soup_session_remove_feature_by_type(session.get(), SOUP_TYPE_CONTENT_DECODER);
    soup_session_remove_feature_by_type(session.get(), SOUP_TYPE_AUTH_MANAGER);
    return session;
}

} // namespace lm::livekit
