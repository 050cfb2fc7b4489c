#include "service/http/source.hpp"

#include "plugins/common/cboundary.hpp"

#include <glib-unix.h>

#include <algorithm>

namespace lm::http {
namespace {

using Call = std::function<void()>;

void dropCall(gpointer data) {
    delete static_cast<Call*>(data);
}

gboolean onTimeout(gpointer data) {
    fence("timer", [&] { (*static_cast<Call*>(data))(); });
    return G_SOURCE_REMOVE;
}

gboolean onReady(gint, GIOCondition, gpointer data) {
    fence("descriptor watch", [&] { (*static_cast<Call*>(data))(); });
    return G_SOURCE_CONTINUE;
}

gboolean onReadable(GObject*, gpointer data) {
    fence("stream watch", [&] { (*static_cast<Call*>(data))(); });
    return G_SOURCE_CONTINUE;
}

} // namespace

void Source::attach(Ref<GSource> source, GSourceFunc callback, Call call) {
    stop();
    g_source_set_callback(source.get(), callback, new Call(std::move(call)), dropCall);
    g_source_attach(source.get(), g_main_context_get_thread_default());
    source_ = std::move(source);
}

void Source::after(std::chrono::milliseconds delay, Call call) {
    const auto ms = static_cast<guint>(std::max<std::chrono::milliseconds::rep>(delay.count(), 0));
    attach(Ref<GSource>::adopt(g_timeout_source_new(ms)), onTimeout, std::move(call));
}

void Source::watch(int fd, Call call) {
    // GLib calls a descriptor source's callback with its real signature.
    const auto callback = reinterpret_cast<GSourceFunc>(reinterpret_cast<void (*)()>(onReady));
    attach(Ref<GSource>::adopt(
               g_unix_fd_source_new(fd, static_cast<GIOCondition>(G_IO_IN | G_IO_HUP | G_IO_ERR))),
           callback, std::move(call));
}

void Source::watch(GPollableInputStream* stream, Call call) {
    const auto callback = reinterpret_cast<GSourceFunc>(reinterpret_cast<void (*)()>(onReadable));
    attach(Ref<GSource>::adopt(g_pollable_input_stream_create_source(stream, nullptr)), callback,
           std::move(call));
}

void Source::stop() {
    if (!source_) return;
    g_source_destroy(source_.get());
    source_.reset();
}

} // namespace lm::http
