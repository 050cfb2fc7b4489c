#pragma once

#include "plugins/common/files/backoff.hpp"
#include "plugins/common/files/storage.hpp"
#include "plugins/common/video/ivf.hpp"
#include "plugins/videofilesink/listener.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace lm::videofilesink {

/// A frame as it comes; `data` is borrowed for the call.
struct Frame {
    video::Bytes data;
    std::uint64_t position = 0; // ms from the first frame of the track
    bool key = false;
};

/// Writes one track's bytestream: H.264 as it comes, VP8 and VP9 as IVF, whose count of frames is true after
/// every frame. The file appears with the first frame. A file system that takes nothing more never fails the
/// track: the recording is paused and goes on in a new part, with a key frame. One thread at a time.
class FrameRecorder {
public:
    using Clock = std::function<files::Backoff::Time()>;

    /// What is passed by reference outlives the recorder. `clock` is asked only around failures.
    FrameRecorder(files::Storage& storage, Listener& listener, std::string location, Clock clock)
        : storage_(storage), listener_(listener), clock_(std::move(clock)), location_(std::move(location)) {}

    void setStream(video::Codec codec, video::Size size);
    /// UTC of position 0, nanoseconds since the Unix epoch.
    void anchor(std::int64_t utcNs) { utcNs_ = utcNs; }
    void write(const Frame& frame);
    /// Nothing follows.
    void finish();
    Stats stats() const;

private:
    struct Part {
        std::unique_ptr<files::File> file;
        PartInfo info;
        std::uint64_t bytes = 0;
        std::uint32_t frames = 0;
    };

    bool begin(const Frame& frame);
    bool append(Part& part, const Frame& frame, std::error_code& error);
    std::size_t lead(Part& part, const Frame& frame);
    files::Opened create(std::string& path);
    void close();
    void pause(std::error_code error, const std::string& path, std::uint64_t position);
    void remember(const Frame& frame);

    files::Storage& storage_;
    Listener& listener_;
    const Clock clock_;
    std::string location_; // of the first part; the others are named after it
    video::Codec codec_ = video::Codec::H264;
    video::Size size_;
    std::int64_t utcNs_ = 0;
    std::optional<Part> part_;
    std::vector<std::uint8_t> sps_, pps_; // the newest
    std::vector<std::uint8_t> lead_;      // what stands before a frame's data
    Stats stats_;
    std::uint64_t end_ = 0; // behind the last frame that came
    std::uint64_t pausedAt_ = 0;
    files::Backoff backoff_;
    bool finished_ = true;
};

} // namespace lm::videofilesink
