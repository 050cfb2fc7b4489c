#pragma once

/// Owning handles for the reference-counted and heap types of GLib and GStreamer.
///
/// `adopt` takes over a reference the caller already owns (transfer full), `share` adds one (transfer none),
/// `sink` takes the first reference of a floating object. Handles are as thread-safe as the counter below
/// them: different handles to one object may live on different threads, one handle may not be shared between
/// threads.

#include <gio/gio.h>
#include <gst/gst.h>

#include <memory>
#include <utility>

namespace lm {

/// How a type is counted. The primary template covers GObject and everything derived from it.
template <typename T> struct RefTraits {
    static void ref(T* p) { g_object_ref(p); }
    static void unref(T* p) { g_object_unref(p); }
};

#define LM_REF_TRAITS(Type, refFn, unrefFn)                                                                  \
    template <> struct RefTraits<Type> {                                                                     \
        static void ref(Type* p) { refFn(p); }                                                               \
        static void unref(Type* p) { unrefFn(p); }                                                           \
    }

LM_REF_TRAITS(GstCaps, gst_caps_ref, gst_caps_unref);
LM_REF_TRAITS(GstBuffer, gst_buffer_ref, gst_buffer_unref);
LM_REF_TRAITS(GstMemory, gst_memory_ref, gst_memory_unref);
LM_REF_TRAITS(GstEvent, gst_event_ref, gst_event_unref);
LM_REF_TRAITS(GstMessage, gst_message_ref, gst_message_unref);
LM_REF_TRAITS(GBytes, g_bytes_ref, g_bytes_unref);
LM_REF_TRAITS(GUri, g_uri_ref, g_uri_unref);
LM_REF_TRAITS(GSource, g_source_ref, g_source_unref);
LM_REF_TRAITS(GMainContext, g_main_context_ref, g_main_context_unref);
LM_REF_TRAITS(GMainLoop, g_main_loop_ref, g_main_loop_unref);
LM_REF_TRAITS(GHashTable, g_hash_table_ref, g_hash_table_unref);
LM_REF_TRAITS(GstObject, gst_object_ref, gst_object_unref);
LM_REF_TRAITS(GstElement, gst_object_ref, gst_object_unref);
LM_REF_TRAITS(GstPad, gst_object_ref, gst_object_unref);
LM_REF_TRAITS(GstBus, gst_object_ref, gst_object_unref);
LM_REF_TRAITS(GstClock, gst_object_ref, gst_object_unref);

template <typename T> class Ref {
public:
    Ref() noexcept = default;
    Ref(std::nullptr_t) noexcept {}
    Ref(const Ref& other) : p_(other.p_) {
        if (p_) RefTraits<T>::ref(p_);
    }
    Ref(Ref&& other) noexcept : p_(std::exchange(other.p_, nullptr)) {}
    Ref& operator=(Ref other) noexcept {
        std::swap(p_, other.p_);
        return *this;
    }
    ~Ref() {
        if (p_) RefTraits<T>::unref(p_);
    }

    static Ref adopt(T* p) noexcept {
        Ref r;
        r.p_ = p;
        return r;
    }
    static Ref share(T* p) {
        if (p) RefTraits<T>::ref(p);
        return adopt(p);
    }
    static Ref sink(T* p) {
        if (p) g_object_ref_sink(p);
        return adopt(p);
    }

    T* get() const noexcept { return p_; }
    T* operator->() const noexcept { return p_; }
    explicit operator bool() const noexcept { return p_ != nullptr; }
    /// Hands the reference over to C (transfer full).
    [[nodiscard]] T* release() noexcept { return std::exchange(p_, nullptr); }
    void reset() noexcept { *this = Ref(); }
    friend bool operator==(const Ref& a, const Ref& b) noexcept { return a.p_ == b.p_; }

private:
    T* p_ = nullptr;
};

/// Deleters for heap values that have one owner.
struct Free {
    void operator()(GError* e) const { g_error_free(e); }
    void operator()(char* s) const { g_free(s); }
    void operator()(char** v) const { g_strfreev(v); }
    void operator()(GstStructure* s) const { gst_structure_free(s); }
    void operator()(GDateTime* t) const { g_date_time_unref(t); }
};
template <typename T> using Owned = std::unique_ptr<T, Free>;

/// For `T**` out-parameters of C functions: `f(OutPtr(owned))`. The value is adopted when the statement ends.
template <typename T> class OutPtr {
public:
    explicit OutPtr(Owned<T>& owner) : owner_(owner) {}
    ~OutPtr() { owner_.reset(p_); }
    OutPtr(const OutPtr&) = delete;
    OutPtr& operator=(const OutPtr&) = delete;
    operator T**() { return &p_; }

private:
    Owned<T>& owner_;
    T* p_ = nullptr;
};

/// Map and unmap of a buffer as an object. `size()` is 0 when the map failed: test with `operator bool`.
class MappedBuffer {
public:
    MappedBuffer(GstBuffer* buffer, GstMapFlags flags) : buffer_(buffer) {
        mapped_ = gst_buffer_map(buffer, &info_, flags) != FALSE;
    }
    ~MappedBuffer() {
        if (mapped_) gst_buffer_unmap(buffer_, &info_);
    }
    MappedBuffer(const MappedBuffer&) = delete;
    MappedBuffer& operator=(const MappedBuffer&) = delete;
    explicit operator bool() const { return mapped_; }
    guint8* data() const { return mapped_ ? info_.data : nullptr; }
    gsize size() const { return mapped_ ? info_.size : 0; }

private:
    GstBuffer* buffer_;
    GstMapInfo info_ = GST_MAP_INFO_INIT;
    bool mapped_ = false;
};

/// The same of one memory.
class MappedMemory {
public:
    MappedMemory(GstMemory* memory, GstMapFlags flags) : memory_(memory) {
        mapped_ = gst_memory_map(memory, &info_, flags) != FALSE;
    }
    ~MappedMemory() {
        if (mapped_) gst_memory_unmap(memory_, &info_);
    }
    MappedMemory(const MappedMemory&) = delete;
    MappedMemory& operator=(const MappedMemory&) = delete;
    explicit operator bool() const { return mapped_; }
    guint8* data() const { return mapped_ ? info_.data : nullptr; }
    gsize size() const { return mapped_ ? info_.size : 0; }

private:
    GstMemory* memory_;
    GstMapInfo info_ = GST_MAP_INFO_INIT;
    bool mapped_ = false;
};

} // namespace lm
