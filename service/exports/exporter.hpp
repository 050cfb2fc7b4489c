#pragma once

#include "service/exports/plan.hpp"
#include "service/http/bodysource.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace lm::exports {

struct Options {
    std::string audioDirectory;                   // EGRESS_AUDIO_OUTPUT_DIR
    std::string videoDirectory;                   // EGRESS_VIDEO_OUTPUT_DIR: nothing else is ever read
    std::size_t most = 2;                         // exports at once
    std::size_t mostFiles = 128, mostTracks = 32; // of one
    std::chrono::hours longest{7 * 24};           // a clock that was wrong would make years of silence
};

/// Bytes of the file as they are made, and what is not in it.
struct Export {
    std::shared_ptr<http::BodySource> body;
    std::vector<LeftOut> leftOut;
};

/// Why there is none.
struct Refusal {
    enum class Kind {
        Nothing,  // to be exported
        TooMuch,  // for one file
        Busy,     // just now: the descriptors that are left are for tracks
        Unusable, // the files, or this installation; the log says why
    };
    Kind kind = Kind::Unusable;
    std::string reason; // for people
};

/// Makes one Matroska file out of the recordings of a participant while it is sent, never faster than the
/// client takes it: memory holds some pieces of every track. Files are opened and pipelines run on threads of
/// their own, of low priority; recordings are only read. Any thread.
class Exporter {
public:
    /// Loads what exports need; without it each is refused. To be called before threads are busy.
    explicit Exporter(Options options);
    /// Ends what is being made, and waits for that a little: a dead disk would keep the process.
    ~Exporter();
    Exporter(const Exporter&) = delete;
    Exporter& operator=(const Exporter&) = delete;

    /// Of one export among the `most`: whoever holds the last handle to it gives it back.
    using Place = std::shared_ptr<void>;
    /// nullptr when all are taken.
    Place takePlace();

    using Answer = std::function<void(std::variant<Export, Refusal>)>;
    /// Answers once, on another thread, with the first bytes there, or with the reason why there are none.
    /// An export that nobody wants any more ends with its body. What is returned ends it before that.
    std::function<void()> start(Plan plan, Place place, Answer answer);

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

} // namespace lm::exports
