#include "plugins/common/wav/header.hpp"
#include "plugins/common/wav/repair.hpp"
#include "tests/fuzz/promise.hpp"

#include <algorithm>

// A header that we write is read as what was meant; and when it lies about the length, the truth is found.
// Input: rate (4 bytes), channels (1), bytes of a sample (1), audio (5), what the header claims of it (5),
// UTC (8).

using namespace lm;
using fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Front front(data, size);
    wav::Format format;
    format.rate = static_cast<std::uint32_t>(front.take(4));
    format.channels = static_cast<std::uint32_t>(front.take(1) % 64 + 1);
    format.bits = static_cast<std::uint32_t>(front.take(1) % 3 + 2) * 8;
    const std::uint64_t audio = front.take(5);
    const std::uint64_t claimed = front.take(5) / format.frameBytes() * format.frameBytes();
    wav::Header header = wav::header(format, claimed, static_cast<std::int64_t>(front.take(8)));

    const std::uint64_t fileBytes = header.size() + audio;
    const wav::Reader read = [&](std::uint64_t offset, std::span<std::byte> out) {
        if (offset > fileBytes || out.size() > fileBytes - offset) return false;
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = offset + i < header.size() ? header[offset + i] : std::byte{0};
        return true;
    };
    const auto frames = audio / format.frameBytes();
    const bool fits = header.size() + audio - 8 <= UINT32_MAX;
    const wav::Plan found = wav::planRepair(fileBytes, read);
    promise(found.rate == format.rate && found.frameBytes == format.frameBytes(), "the format is read back");
    promise(found.frames == frames, "the audio that is there is counted");
    if (fits)
        promise(found.verdict == wav::Verdict::Sound || found.verdict == wav::Verdict::Repair, "in order");

    wav::setDataBytes(header, audio);
    const wav::Plan meant = wav::planRepair(fileBytes, read);
    if (fits)
        promise(meant.verdict == wav::Verdict::Sound && meant.claimedFrames == frames, "our own is sound");
    return 0;
}
