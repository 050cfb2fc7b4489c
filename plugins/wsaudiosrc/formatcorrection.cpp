/// The part of AudioPusher that acts on a wrong declaration.

#include "plugins/common/names.hpp"
#include "plugins/wsaudiosrc/audiocaps.hpp"
#include "plugins/wsaudiosrc/audiopusher.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_ws_audio_src_debug);
#define GST_CAT_DEFAULT gst_ws_audio_src_debug

namespace lm::wsaudiosrc {
namespace {

namespace names = lm::names::wsaudiosrc;

ws::Bytes bytesOf(const MappedMemory& mapped) {
    return {mapped.data(), mapped.size()};
}

} // namespace

void AudioPusher::examine(const Audio& audio) {
    std::uint64_t position = (nextSample_ + silenceLeft_ + heldFrames_) * format_.bytesPerFrame();
    for (const auto& memory : audio) {
        const MappedMemory mapped(memory.get(), GST_MAP_READ);
        watch_.examine(position, std::as_bytes(bytesOf(mapped)));
        position += mapped.size();
    }
}

void AudioPusher::raise(const FormatAlarm& alarm, std::uint64_t running) {
    const bool corrects = alarm.certain && settings_.correctFormat;
    const std::string reason = reasonOf(alarm);
    GST_WARNING_OBJECT(element_, "the declared format is wrong: %s%s", reason.c_str(),
                       corrects ? "; corrected from here on" : "");
    if (corrects) correct(alarm.measured, running);
    post(formatAlarmMessage(alarm, reason, corrects, nextSample_));
}

void AudioPusher::correct(AudioFormat format, std::uint64_t running) {
    const std::uint32_t factor = format.bytesPerFrame() / format_.bytesPerFrame();
    if (!alignTo(format.bytesPerFrame())) return;
    gst_pad_push_event(
        pad_, gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM,
                                   gst_structure_new(names::formatEvent, "rate", G_TYPE_INT,
                                                     static_cast<gint>(format.rate), "channels", G_TYPE_INT,
                                                     static_cast<gint>(format.channels), nullptr)));
    format_ = format;
    gst_pad_push_event(pad_, gst_event_new_caps(makeCaps(format_).get()));
    sliceAgain();
    for (std::uint64_t* frames : {&nextSample_, &silenceLeft_, &mutedSince_, &arrivedLater_, &stats_.samples,
                                  &stats_.filled, &stats_.mutedSamples, &stats_.droppedSamples, &leftOut_})
        *frames /= factor;
    timeline_.widen(factor, nextSample_ + silenceLeft_ + heldFrames_, running);
    punctuality_.restart(static_cast<std::int64_t>(running));
    timeSettled_ = false;
    if (!timeline_.skipped()) firstUtc_ = timeline_.utc(0);
    discontDue_ = anchorDue_ = true;
}

/// What has been pushed ends with a whole frame of that size, at the price of a few samples in the old
/// format.
bool AudioPusher::alignTo(std::uint32_t frameBytes) {
    const std::uint64_t odd = nextSample_ * format_.bytesPerFrame() % frameBytes;
    if (odd == 0) return true;
    for (auto& item : items_) {
        auto* audio = std::get_if<Audio>(&item);
        if (!audio) continue;
        GstMemory* first = audio->front().get();
        const auto missing = static_cast<gsize>(frameBytes - odd);
        const gsize size = gst_memory_get_sizes(first, nullptr, nullptr);
        auto buffer = Ref<GstBuffer>::adopt(gst_buffer_new());
        gst_buffer_append_memory(buffer.get(), gst_memory_share(first, 0, static_cast<gssize>(missing)));
        if (size == missing)
            audio->erase(audio->begin());
        else
            audio->front() = Ref<GstMemory>::adopt(
                gst_memory_share(first, static_cast<gssize>(missing), static_cast<gssize>(size - missing)));
        heldFrames_ -= missing / format_.bytesPerFrame();
        return pushBuffer(std::move(buffer));
    }
    return false;
}

/// Cuts what is held, and what has begun, into frames of the new size. Copies them, once in a track.
void AudioPusher::sliceAgain() {
    const auto begun = slicer_.begun();
    const std::vector<std::uint8_t> rest(begun.begin(), begun.end());
    slicer_ = Slicer(format_.rate, format_.bytesPerFrame());
    heldFrames_ = 0;
    for (auto& item : std::exchange(items_, {})) {
        if (const auto* audio = std::get_if<Audio>(&item)) {
            for (const auto& memory : *audio)
                slicer_.append(bytesOf(MappedMemory(memory.get(), GST_MAP_READ)));
            collectAudio();
        } else {
            items_.push_back(std::move(item));
        }
    }
    slicer_.append(rest);
    collectAudio();
}

} // namespace lm::wsaudiosrc
