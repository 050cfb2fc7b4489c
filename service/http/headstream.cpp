#include "service/http/headstream.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace {

/// What was read too early, and how far it is delivered.
struct Received {
    std::string bytes;
    std::size_t head = 0, at = 0;

    bool empty() const { return at == bytes.size(); }
    gssize take(void* into, gsize size) {
        const std::size_t end = at < head ? head : bytes.size();
        const std::size_t n = std::min<std::size_t>(size, end - at);
        if (into && n > 0) std::memcpy(into, bytes.data() + at, n);
        at += n;
        if (empty()) *this = {}; // a media socket lives long
        return static_cast<gssize>(n);
    }
};

} // namespace

G_DECLARE_FINAL_TYPE(LmHeadInput, lm_head_input, LM, HEAD_INPUT, GFilterInputStream)
G_DECLARE_FINAL_TYPE(LmHeadStream, lm_head_stream, LM, HEAD_STREAM, GIOStream)

struct _LmHeadInput {
    GFilterInputStream parent;
    Received* received;
};

struct _LmHeadStream {
    GIOStream parent;
    GIOStream* base;
    GInputStream* input;
};

namespace {

GInputStream* below(gpointer stream) {
    return g_filter_input_stream_get_base_stream(G_FILTER_INPUT_STREAM(stream));
}

GPollableInputStream* pollableBelow(gpointer stream) {
    return G_POLLABLE_INPUT_STREAM(below(stream));
}

Received& receivedOf(gpointer stream) {
    return *LM_HEAD_INPUT(stream)->received;
}

gssize read(GInputStream* stream, void* into, gsize size, GCancellable* cancellable, GError** error) {
    Received& received = receivedOf(stream);
    return received.empty() ? g_input_stream_read(below(stream), into, size, cancellable, error)
                            : received.take(into, size);
}

gssize skip(GInputStream* stream, gsize size, GCancellable* cancellable, GError** error) {
    Received& received = receivedOf(stream);
    return received.empty() ? g_input_stream_skip(below(stream), size, cancellable, error)
                            : received.take(nullptr, size);
}

gboolean canPoll(GPollableInputStream* stream) {
    return g_pollable_input_stream_can_poll(pollableBelow(stream));
}

gboolean isReadable(GPollableInputStream* stream) {
    return !receivedOf(stream).empty() || g_pollable_input_stream_is_readable(pollableBelow(stream));
}

GSource* createSource(GPollableInputStream* stream, GCancellable* cancellable) {
    const auto child = lm::Ref<GSource>::adopt(
        receivedOf(stream).empty() ? g_pollable_input_stream_create_source(pollableBelow(stream), nullptr)
                                   : g_timeout_source_new(0));
    return g_pollable_source_new_full(stream, child.get(), cancellable);
}

gssize readNonblocking(GPollableInputStream* stream, void* into, gsize size, GError** error) {
    Received& received = receivedOf(stream);
    return received.empty()
               ? g_pollable_input_stream_read_nonblocking(pollableBelow(stream), into, size, nullptr, error)
               : received.take(into, size);
}

void pollableInit(gpointer iface, gpointer) {
    auto* pollable = static_cast<GPollableInputStreamInterface*>(iface);
    pollable->can_poll = canPoll;
    pollable->is_readable = isReadable;
    pollable->create_source = createSource;
    pollable->read_nonblocking = readNonblocking;
}

} // namespace

G_DEFINE_TYPE_WITH_CODE(LmHeadInput, lm_head_input, G_TYPE_FILTER_INPUT_STREAM,
                        G_IMPLEMENT_INTERFACE(G_TYPE_POLLABLE_INPUT_STREAM, pollableInit))

static void lm_head_input_init(LmHeadInput* self) {
    self->received = new Received;
}

static void lm_head_input_finalize(GObject* object) {
    delete LM_HEAD_INPUT(object)->received;
    G_OBJECT_CLASS(lm_head_input_parent_class)->finalize(object);
}

static void lm_head_input_class_init(LmHeadInputClass* klass) {
    G_OBJECT_CLASS(klass)->finalize = lm_head_input_finalize;
    G_INPUT_STREAM_CLASS(klass)->read_fn = read;
    G_INPUT_STREAM_CLASS(klass)->skip = skip;
}

G_DEFINE_TYPE(LmHeadStream, lm_head_stream, G_TYPE_IO_STREAM)

static void lm_head_stream_init(LmHeadStream*) {}

static void lm_head_stream_finalize(GObject* object) {
    LmHeadStream* self = LM_HEAD_STREAM(object);
    g_clear_object(&self->input);
    g_clear_object(&self->base);
    G_OBJECT_CLASS(lm_head_stream_parent_class)->finalize(object);
}

static void lm_head_stream_class_init(LmHeadStreamClass* klass) {
    GObjectClass* object = G_OBJECT_CLASS(klass);
    object->finalize = lm_head_stream_finalize;
    object->get_property = [](GObject* self, guint, GValue* value, GParamSpec*) {
        g_value_set_object(value, LM_HEAD_STREAM(self)->base);
    };
    constexpr guint baseProperty = 1;
    g_object_class_install_property(
        object, baseProperty,
        g_param_spec_object("base-iostream", nullptr, nullptr, G_TYPE_IO_STREAM,
                            static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
    GIOStreamClass* stream = G_IO_STREAM_CLASS(klass);
    stream->get_input_stream = [](GIOStream* self) { return LM_HEAD_STREAM(self)->input; };
    stream->get_output_stream = [](GIOStream* self) {
        return g_io_stream_get_output_stream(LM_HEAD_STREAM(self)->base);
    };
    stream->close_fn = [](GIOStream* self, GCancellable* cancellable, GError** error) {
        return g_io_stream_close(LM_HEAD_STREAM(self)->base, cancellable, error);
    };
    stream->close_async = [](GIOStream* self, int priority, GCancellable* cancellable,
                             GAsyncReadyCallback done, gpointer data) {
        GTask* task = g_task_new(self, cancellable, done, data);
        g_task_set_priority(task, priority);
        g_io_stream_close_async(
            LM_HEAD_STREAM(self)->base, priority, cancellable,
            [](GObject* base, GAsyncResult* result, gpointer pending) {
                GError* error = nullptr;
                const gboolean closed = g_io_stream_close_finish(G_IO_STREAM(base), result, &error);
                if (error)
                    g_task_return_error(G_TASK(pending), error);
                else
                    g_task_return_boolean(G_TASK(pending), closed);
                g_object_unref(pending);
            },
            task);
    };
    stream->close_finish = [](GIOStream*, GAsyncResult* result, GError** error) {
        return g_task_propagate_boolean(G_TASK(result), error);
    };
}

namespace lm::http {

Ref<GIOStream> withHead(Ref<GIOStream> base, std::string received, std::size_t head) {
    auto* input = LM_HEAD_INPUT(g_object_new(lm_head_input_get_type(), "base-stream",
                                             g_io_stream_get_input_stream(base.get()), "close-base-stream",
                                             FALSE, nullptr)); // closed by its GIOStream
    *input->received = {std::move(received), head, 0};
    auto* stream = LM_HEAD_STREAM(g_object_new(lm_head_stream_get_type(), nullptr));
    stream->base = base.release();
    stream->input = G_INPUT_STREAM(input);
    return Ref<GIOStream>::adopt(G_IO_STREAM(stream));
}

} // namespace lm::http
