#include "service/exports/sound.hpp"

#include "plugins/common/wav/repair.hpp"

#include <algorithm>
#include <cstring>

namespace lm::exports {
namespace {

using std::chrono::nanoseconds;
using Seconds = std::chrono::duration<double>;

constexpr std::uint64_t framesEach = 4800;
constexpr std::uint64_t nsPerSecond = 1'000'000'000;

nanoseconds timeOf(std::uint64_t frames, std::uint32_t rate) {
    const std::uint64_t whole = frames / rate, rest = frames % rate;
    return nanoseconds(static_cast<std::int64_t>(whole * nsPerSecond + rest * nsPerSecond / rate));
}

std::uint64_t framesOf(nanoseconds time, std::uint32_t rate) {
    return static_cast<std::uint64_t>(Seconds(time).count() * rate + 0.5);
}

} // namespace

Result<SoundFile> examineSound(std::shared_ptr<const downloads::Snapshot> file, std::string name,
                               nanoseconds start) {
    const wav::Reader read = [&](std::uint64_t offset, std::span<std::byte> out) {
        const auto bytes = downloads::readAt(*file, offset, out.size());
        if (bytes) std::memcpy(out.data(), bytes->data(), out.size());
        return bytes.has_value();
    };
    const wav::Plan plan = wav::planRepair(file->size, read);
    if (plan.audioAt == 0 || plan.rate == 0 || plan.channels == 0) return Error{"it is no whole WAV file"};
    if (plan.frameBytes != 2 * plan.channels || plan.channels > 8)
        return Error{"its samples have not 16 bits, or there are more than 8 channels"};
    SoundFile sound{std::move(file), std::move(name), start, {plan.rate, plan.channels}, plan.audioAt};
    sound.frames = plan.verdict == wav::Verdict::Sound ? plan.claimedFrames : plan.frames;
    return sound;
}

nanoseconds SoundFile::end() const {
    return start + timeOf(frames, format.rate);
}

/// After what came before it.
void Sound::place(const SoundFile& file) {
    const nanoseconds end =
        index_ == 0 ? nanoseconds(0) : begin_ + timeOf(position_, files_[index_ - 1].format.rate);
    const nanoseconds apart = file.start - end;
    const bool follows = index_ > 0 && std::chrono::abs(apart) < same;
    silence_ = !follows && apart.count() > 0 ? framesOf(apart, file.format.rate) : 0;
    skipped_ = !follows && apart.count() < 0 ? std::min(framesOf(-apart, file.format.rate), file.frames) : 0;
    begin_ = end;
    position_ = 0;
    placed_ = true;
}

Portion Sound::portion(std::uint64_t frames) const {
    const SoundFormat& format = files_[index_].format;
    const nanoseconds begin = timeOf(position_, format.rate);
    return {{}, format, begin_ + begin, timeOf(position_ + frames, format.rate) - begin};
}

Result<std::optional<Portion>> Sound::next() {
    for (; index_ < files_.size(); ++index_, placed_ = false) {
        const SoundFile& file = files_[index_];
        if (!placed_) place(file);
        const std::uint64_t all = silence_ + file.frames - skipped_;
        if (position_ == all) continue;
        const bool silent = position_ < silence_;
        const std::uint64_t frames = std::min(framesEach, (silent ? silence_ : all) - position_);
        Portion made = portion(frames);
        const auto bytes = static_cast<std::size_t>(frames * file.frameBytes());
        if (silent) {
            made.bytes.assign(bytes, '\0');
        } else {
            auto read = downloads::readAt(
                *file.file, file.at + (position_ - silence_ + skipped_) * file.frameBytes(), bytes);
            if (!read) return Error{"a recording cannot be read to its end", file.name};
            made.bytes = std::move(*read);
        }
        position_ += frames;
        return std::optional(std::move(made));
    }
    return std::optional<Portion>();
}

} // namespace lm::exports
