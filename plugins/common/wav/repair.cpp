#include "plugins/common/wav/repair.hpp"

#include <array>
#include <limits>
#include <optional>
#include <string_view>

namespace lm::wav {
namespace {

constexpr std::uint64_t riffHead = 12;
constexpr std::uint64_t chunkHead = 8;
/// More chunks than any writer makes: the file is made to keep us busy.
constexpr int mostChunks = 256;
constexpr std::uint64_t mostBytes = std::numeric_limits<std::uint32_t>::max();

std::uint32_t number(std::span<const std::byte> bytes, std::size_t at, int length) {
    std::uint32_t value = 0;
    for (int i = length; i-- > 0;)
        value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + static_cast<std::size_t>(i)]);
    return value;
}

std::string_view id(std::span<const std::byte> bytes, std::size_t at) {
    return {reinterpret_cast<const char*>(bytes.data()) + at, 4};
}

/// What other writers put behind the audio.
bool isTrailer(std::string_view name) {
    static constexpr std::array<std::string_view, 14> known = {"LIST", "id3 ", "ID3 ", "bext", "cue ",
                                                               "smpl", "inst", "fact", "JUNK", "PAD ",
                                                               "iXML", "_PMX", "axml", "chna"};
    for (const auto k : known)
        if (k == name) return true;
    return false;
}

struct Chunk {
    std::array<std::byte, chunkHead> head{};
    std::uint64_t at = 0;
    std::string_view name() const { return id(head, 0); }
    std::uint64_t size() const { return number(head, 4, 4); }
    std::uint64_t body() const { return at + chunkHead; }
    std::uint64_t next() const { return body() + size() + size() % 2; }
};

class Examination {
public:
    Examination(std::uint64_t bytes, const Reader& read) : bytes_(bytes), read_(read) {}

    Plan run() {
        if (bytes_ == 0) return verdict(Verdict::Empty);
        std::array<std::byte, riffHead> riff{};
        const std::uint64_t there = std::min<std::uint64_t>(bytes_, riffHead);
        if (!read_(0, std::span(riff).first(there))) return verdict(Verdict::Foreign);
        if (!startsLikeWave(riff, there)) return verdict(Verdict::Foreign);
        if (there < riffHead) return verdict(Verdict::Cut);
        const auto data = findData();
        if (!data) return verdict(failed_);
        return examine(number(riff, 4, 4), *data);
    }

private:
    Plan verdict(Verdict v) {
        plan_.verdict = v;
        return plan_;
    }

    static bool startsLikeWave(std::span<const std::byte> riff, std::uint64_t there) {
        static constexpr std::string_view pattern = "RIFF....WAVE";
        for (std::size_t i = 0; i < there; ++i)
            if (pattern[i] != '.' && riff[i] != static_cast<std::byte>(pattern[i])) return false;
        return true;
    }

    std::optional<Chunk> chunkAt(std::uint64_t at) const {
        Chunk chunk;
        chunk.at = at;
        if (at + chunkHead > bytes_ || !read_(at, chunk.head)) return std::nullopt;
        return chunk;
    }

    /// Walks to the data chunk and takes the format on the way. Without one `failed_` says why.
    std::optional<Chunk> findData() {
        std::uint64_t at = riffHead;
        for (int i = 0; i < mostChunks; ++i) {
            const auto chunk = chunkAt(at);
            if (!chunk) {
                failed_ = Verdict::Cut;
                return std::nullopt;
            }
            if (chunk->name() == "data") {
                failed_ = Verdict::Foreign; // when no fmt came before
                return plan_.frameBytes > 0 ? chunk : std::nullopt;
            }
            if (chunk->name() == "fmt " && !takeFormat(*chunk)) return std::nullopt;
            at = chunk->next();
        }
        failed_ = Verdict::Foreign;
        return std::nullopt;
    }

    bool takeFormat(const Chunk& chunk) {
        std::array<std::byte, 16> fmt{};
        failed_ = chunk.body() + fmt.size() > bytes_ ? Verdict::Cut : Verdict::Foreign;
        if (chunk.size() < fmt.size() || !read_(chunk.body(), fmt)) return false;
        plan_.channels = number(fmt, 2, 2);
        plan_.rate = number(fmt, 4, 4);
        plan_.frameBytes = number(fmt, 12, 2);
        return plan_.frameBytes > 0;
    }

    Plan examine(std::uint32_t riffSize, const Chunk& data) {
        const std::uint64_t there = bytes_ - data.body();
        plan_.audioAt = data.body();
        plan_.claimedFrames = data.size() / plan_.frameBytes;
        plan_.frames = there / plan_.frameBytes;
        if (data.next() == bytes_ || data.body() + data.size() == bytes_)
            return plan(riffSize, bytes_ - 8, data, data.size());
        // A length of the whole file that is true was written when it was finished: what follows the audio is
        // its writer's business.
        if (data.size() < there && riffSize == bytes_ - 8) {
            plan_.frames = plan_.claimedFrames;
            return verdict(Verdict::Sound);
        }
        // The RIFF chunk ends with the audio and less than a frame follows: a part of one, whatever it looks
        // like.
        const bool partOfFrame =
            riffSize + 8ULL == data.body() + data.size() && there - data.size() < plan_.frameBytes;
        if (data.size() < there && !partOfFrame && endsInChunks(data))
            return otherWriter_ ? verdict(Verdict::Foreign) : plan(riffSize, bytes_ - 8, data, data.size());
        const std::uint64_t audio = plan_.frames * plan_.frameBytes;
        if (data.body() + audio - 8 > mostBytes) return verdict(Verdict::TooLong);
        return plan(riffSize, data.body() + audio - 8, data, audio);
    }

    /// What follows the claimed audio is chunks, not more audio. Chunks that are themselves cut are another
    /// writer's; what is right for them we cannot know.
    bool endsInChunks(const Chunk& data) {
        std::uint64_t at = data.next();
        for (int i = 0; i < mostChunks && at < bytes_; ++i) {
            const auto chunk = chunkAt(at);
            if (!chunk || !isTrailer(chunk->name())) {
                otherWriter_ = i > 0;
                return i > 0;
            }
            if (chunk->body() + chunk->size() == bytes_) return true;
            at = chunk->next();
        }
        otherWriter_ = at != bytes_;
        return true;
    }

    Plan plan(std::uint32_t riffSize, std::uint64_t riffTrue, const Chunk& data, std::uint64_t audio) {
        if (riffTrue > mostBytes) return verdict(Verdict::TooLong);
        plan_.frames = audio / plan_.frameBytes;
        if (data.size() != audio) plan_.patches.push_back({data.at + 4, static_cast<std::uint32_t>(audio)});
        // A pad byte that is counted or not is no reason to touch a file; a true length without one leaves
        // none out.
        const bool padCounted = audio % 2 == 1 && riffTrue + 8 > data.body() + audio;
        const bool riffSound = riffSize == riffTrue || (padCounted && riffSize + 1ULL == riffTrue);
        if (!riffSound) plan_.patches.push_back({4, static_cast<std::uint32_t>(riffTrue)});
        return verdict(plan_.patches.empty() ? Verdict::Sound : Verdict::Repair);
    }

    const std::uint64_t bytes_;
    const Reader& read_;
    Plan plan_;
    Verdict failed_ = Verdict::Foreign;
    bool otherWriter_ = false;
};

} // namespace

Plan planRepair(std::uint64_t fileBytes, const Reader& read) {
    return Examination(fileBytes, read).run();
}

const char* verdictName(Verdict verdict) {
    switch (verdict) {
    case Verdict::Sound:
        return "sound";
    case Verdict::Repair:
        return "repaired";
    case Verdict::Empty:
        return "empty";
    case Verdict::Cut:
        return "cut";
    case Verdict::TooLong:
        return "too long";
    case Verdict::Foreign:
        return "foreign";
    }
    return "foreign";
}

} // namespace lm::wav
