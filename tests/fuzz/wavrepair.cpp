#include "plugins/common/wav/repair.hpp"
#include "tests/fuzz/promise.hpp"

#include <algorithm>
#include <vector>

// A repair changes the header of a file only, and a file that has been repaired is sound and stays as it is.
// Input: 1 byte; when it is odd, 5 bytes: how much longer the file is, in zeros; the start of the file.

using namespace lm;
using fuzz::promise;

namespace {

/// A file of which only the start is not silence, so that it can be longer than memory.
struct File {
    std::vector<std::byte> start;
    std::uint64_t bytes;

    wav::Reader reader() const {
        return [this](std::uint64_t offset, std::span<std::byte> out) {
            if (offset > bytes || out.size() > bytes - offset) return false;
            for (std::size_t i = 0; i < out.size(); ++i)
                out[i] = offset + i < start.size() ? start[offset + i] : std::byte{0};
            return true;
        };
    }
    void apply(const wav::Patch& patch) {
        promise(patch.offset + 4 <= bytes, "a patch lies inside the file");
        if (patch.offset + 4 > start.size()) start.resize(patch.offset + 4);
        for (unsigned i = 0; i < 4; ++i)
            start[patch.offset + i] = static_cast<std::byte>(patch.value >> (8 * i));
    }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Front front(data, size);
    const std::uint64_t longer = front.take(1) & 1 ? front.take(5) : 0;
    const auto* bytes = reinterpret_cast<const std::byte*>(front.rest());
    File file{std::vector(bytes, bytes + front.left()), front.left() + longer};

    const wav::Plan plan = wav::planRepair(file.bytes, file.reader());
    promise((plan.verdict == wav::Verdict::Repair) == !plan.patches.empty(), "patches exactly for a repair");
    if (plan.verdict != wav::Verdict::Repair && plan.verdict != wav::Verdict::Sound) return 0;
    promise(plan.frameBytes > 0 && plan.frames <= file.bytes / plan.frameBytes,
            "the audio is inside the file");
    promise(plan.patches.size() <= 2, "only lengths are changed");
    for (const wav::Patch& patch : plan.patches)
        file.apply(patch);
    const wav::Plan again = wav::planRepair(file.bytes, file.reader());
    promise(again.verdict == wav::Verdict::Sound, "a repaired file is sound");
    promise(again.frames == plan.frames && again.frameBytes == plan.frameBytes, "it has the same audio");
    return 0;
}
