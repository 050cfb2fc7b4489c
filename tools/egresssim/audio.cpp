#include "tools/egresssim/audio.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <numbers>
#include <random>

namespace lm::egresssim {

namespace {

constexpr double kPeak = 8191.0; // -12 dBFS
constexpr std::uint32_t kMessagesPerSecond = 100;

std::uint32_t little(ByteView bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
        value |= std::uint32_t{bytes[at + i]} << (8 * i);
    return value;
}

bool isTag(ByteView bytes, std::size_t at, const char* tag) {
    return std::memcmp(&bytes[at], tag, 4) == 0;
}

void appendSample(Bytes& pcm, double value, std::uint32_t channels) {
    const auto sample = static_cast<std::uint16_t>(static_cast<std::int16_t>(std::lround(value)));
    for (std::uint32_t c = 0; c < channels; ++c) {
        pcm.push_back(static_cast<std::uint8_t>(sample & 0xff));
        pcm.push_back(static_cast<std::uint8_t>(sample >> 8));
    }
}

std::optional<Error> readFormat(ByteView chunk, Audio& audio) {
    if (chunk.size() < 16) return Error{"its fmt chunk is too short"};
    const auto format = little(chunk, 0, 2);
    audio.channels = little(chunk, 2, 2);
    audio.rate = little(chunk, 4, 4);
    const bool pcm = format == 1 || format == 0xfffe; // WAVE_FORMAT_PCM, WAVE_FORMAT_EXTENSIBLE
    if (!pcm || little(chunk, 14, 2) != 16) return Error{"it is not 16-bit PCM"};
    if (audio.channels == 0 || audio.rate < kMessagesPerSecond)
        return Error{"it has no channels or no sample rate"};
    return std::nullopt;
}

} // namespace

Result<Audio> parseWav(ByteView file) {
    if (file.size() < 12 || !isTag(file, 0, "RIFF") || !isTag(file, 8, "WAVE"))
        return Error{"it is not a WAV file"};
    Audio audio;
    bool formatSeen = false;
    for (std::size_t at = 12; at + 8 <= file.size();) {
        const auto claimed = little(file, at + 4, 4);
        const auto body = file.subspan(at + 8, std::min<std::size_t>(claimed, file.size() - at - 8));
        if (isTag(file, at, "fmt ")) {
            if (auto error = readFormat(body, audio)) return *error;
            formatSeen = true;
        } else if (isTag(file, at, "data")) {
            if (!formatSeen) return Error{"its samples come before their format"};
            audio.pcm.assign(body.begin(), body.end());
            audio.pcm.resize(audio.pcm.size() / audio.frameBytes() * audio.frameBytes());
            return audio;
        }
        at += 8 + std::size_t{claimed} + claimed % 2;
    }
    return Error{"it has no samples"};
}

Result<Audio> readWav(const std::string& path, bool loop) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return Error{"cannot open " + path};
    const Bytes bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    auto audio = parseWav(bytes);
    if (!audio) return Error{"cannot use " + path + ": " + audio.error().message};
    audio->loop = loop;
    return audio;
}

Audio makeTone(std::uint32_t hertz) {
    Audio audio;
    audio.loop = true;
    for (std::uint32_t i = 0; i < audio.rate; ++i) {
        appendSample(audio.pcm, kPeak * std::sin(2 * std::numbers::pi * hertz * i / audio.rate),
                     audio.channels);
    }
    return audio;
}

Audio makeNoise(std::uint64_t seed) {
    Audio audio;
    audio.loop = true;
    std::mt19937_64 random(seed);
    for (std::uint32_t i = 0; i < 7 * audio.rate; ++i) {
        const double unit =
            static_cast<double>(random() >> 11) / 9007199254740992.0; // 53 bits, the same everywhere
        appendSample(audio.pcm, kPeak * (2 * unit - 1), audio.channels);
    }
    return audio;
}

Audio makeSilence() {
    return Audio{};
}

Messages::Messages(std::shared_ptr<const Audio> audio, Shape shape)
    : audio_(std::move(audio)), shape_(shape), totalBytes_(shape.totalFrames * audio_->frameBytes()),
      count_((shape.totalFrames * kMessagesPerSecond + audio_->rate - 1) / audio_->rate) {}

std::uint64_t Messages::boundary(std::uint64_t index) const {
    const auto bytes = index * audio_->rate / kMessagesPerSecond * audio_->frameBytes();
    return std::min(totalBytes_, bytes + (shape_.oddSizes ? index % 2 : 0));
}

std::size_t Messages::size(std::uint64_t index) const {
    return boundary(index + 1) - boundary(index);
}

void Messages::copy(std::uint64_t index, bool silent, Bytes& out) const {
    out.assign(size(index), 0);
    const Bytes& pcm = audio_->pcm;
    if (silent || pcm.empty()) return;
    std::uint64_t from = boundary(index);
    if (audio_->loop) from += shape_.offsetFrames * audio_->frameBytes();
    for (std::size_t done = 0; done < out.size();) {
        const auto position = audio_->loop ? (from + done) % pcm.size() : from + done;
        if (position >= pcm.size()) return;
        const auto take = std::min<std::size_t>(out.size() - done, pcm.size() - position);
        std::memcpy(out.data() + done, pcm.data() + position, take);
        done += take;
    }
}

} // namespace lm::egresssim
