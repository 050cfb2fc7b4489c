#include "plugins/common/loopthread.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/handedcall.hpp"

#include <pthread.h>

#include <future>

namespace lm {

void postTo(GMainContext* context, std::function<void()> call) {
    auto source = Ref<GSource>::adopt(g_idle_source_new());
    g_source_set_priority(source.get(), G_PRIORITY_DEFAULT);
    g_source_set_callback(
        source.get(),
        [](gpointer data) -> gboolean {
            fence("posted call", [&] { static_cast<HandedCall*>(data)->run(); });
            return G_SOURCE_REMOVE;
        },
        new HandedCall(std::move(call)), [](gpointer data) { delete static_cast<HandedCall*>(data); });
    g_source_attach(source.get(), context);
}

LoopThread::LoopThread(const char* name)
    : context_(Ref<GMainContext>::adopt(g_main_context_new())),
      loop_(Ref<GMainLoop>::adopt(g_main_loop_new(context_.get(), FALSE))), thread_([this] {
          g_main_context_push_thread_default(context_.get());
          g_main_loop_run(loop_.get());
          // What was posted before the end still runs: a destructor may count on its clean-up having
          // happened.
          while (g_main_context_iteration(context_.get(), FALSE)) {
          }
          g_main_context_pop_thread_default(context_.get());
      }) {
    pthread_setname_np(thread_.native_handle(), name);
}

LoopThread::~LoopThread() {
    post([this] { g_main_loop_quit(loop_.get()); });
    thread_.join();
}

void LoopThread::post(std::function<void()> call) {
    postTo(context_.get(), std::move(call));
}

void LoopThread::run(const std::function<void()>& call) {
    if (isCurrent()) return call();
    std::promise<void> done;
    post([&] {
        struct Finish {
            std::promise<void>& done;
            ~Finish() { done.set_value(); }
        } finish{done};
        call();
    });
    done.get_future().wait();
}

} // namespace lm
