/// The part of Front that gives answers which take time.

#include "plugins/common/cboundary.hpp"
#include "plugins/common/loopthread.hpp"
#include "service/http/front.hpp"

namespace lm::http {

Front::Waiting::Waiting(SoupServerMessage* paused, Request asked)
    : message(Ref<SoupServerMessage>::share(paused)), request(std::move(asked)),
      finished_(g_signal_connect(paused, "finished", G_CALLBACK(+[](SoupServerMessage*, gpointer self) {
                                     static_cast<Waiting*>(self)->gone = true;
                                 }),
                                 this)) {
    soup_server_message_pause(paused);
}

Front::Waiting::~Waiting() {
    g_signal_handler_disconnect(message.get(), finished_);
}

std::uint64_t Front::pause(SoupServerMessage* message, Request request) {
    const std::uint64_t number = waits_++;
    waiting_.emplace(number, std::make_unique<Waiting>(message, std::move(request)));
    return number;
}

void Front::wait(SoupServerMessage* message, Request request, Response pending) {
    const std::uint64_t number = pause(message, std::move(request));
    if (Connection* connection = Connection::of(message)) {
        if (pending.patience.count() > 0) connection->allow(pending.patience);
        if (pending.abandoned)
            connection->watchPeer([this, number, told = pending.abandoned] { abandoned(number, told); });
    }
    const auto context = Ref<GMainContext>::adopt(g_main_context_ref_thread_default());
    pending.later([context, number, self = std::weak_ptr<Front*>(self_)](Response response) {
        postTo(context.get(), [number, self, response = std::move(response)]() mutable {
            if (const auto front = self.lock())
                (*front)->settle(number, [&](const Waiting& waiting) {
                    (*front)->respond(waiting.message.get(), waiting.request, std::move(response));
                });
        });
    });
}

void Front::wait(SoupServerMessage* message, Request request, const Admission& pending) {
    const std::uint64_t number = pause(message, std::move(request));
    const auto context = Ref<GMainContext>::adopt(g_main_context_ref_thread_default());
    pending.later([context, number, self = std::weak_ptr<Front*>(self_)](Admission decided) {
        postTo(context.get(), [number, self, decided = std::move(decided)]() mutable {
            if (const auto front = self.lock())
                (*front)->settle(number, [&](const Waiting& waiting) {
                    (*front)->decide(waiting.message.get(), waiting.request, std::move(decided));
                });
        });
    });
}

void Front::settle(std::uint64_t number, const std::function<void(const Waiting&)>& answer) {
    const auto node = waiting_.extract(number);
    if (node.empty() || node.mapped()->gone) return;
    const Waiting& waiting = *node.mapped();
    answer(waiting);
    soup_server_message_unpause(waiting.message.get());
}

/// A paused message does not watch its socket: libsoup learns from a failed write that nobody is there.
void Front::abandoned(std::uint64_t number, const std::function<void()>& told) {
    const auto node = waiting_.extract(number);
    if (node.empty()) return;
    const Waiting& waiting = *node.mapped();
    if (!waiting.gone) {
        if (Connection* connection = Connection::of(waiting.message.get())) connection->cut();
        soup_server_message_unpause(waiting.message.get());
    }
    told();
}

/// libsoup would keep a paused message, and its socket, for ever.
void Front::endWaiting() {
    for (const auto& [number, waiting] : std::exchange(waiting_, {})) {
        if (waiting->gone) continue;
        if (Connection* connection = Connection::of(waiting->message.get())) connection->cut();
        soup_server_message_unpause(waiting->message.get());
    }
}

} // namespace lm::http
