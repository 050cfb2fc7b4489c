#pragma once

#include "plugins/common/files/storage.hpp"
#include "plugins/wavfilesink/listener.hpp"

#include <memory>
#include <utility>

namespace lm::wavfilesink {

using namespace files;

/// One WAV file that is true at every instant: audio is written first, then the header that claims it.
class Part {
public:
    /// `firstByte` is where the part begins in the bytes of its format.
    Part(std::unique_ptr<File> file, PartInfo info, std::uint64_t firstByte)
        : file_(std::move(file)), info_(std::move(info)), firstByte_(firstByte),
          header_(wav::header(info_.format, 0, info_.utcNs)) {}

    /// What stands at the front of the file, to be written before the first audio.
    Piece header() const { return header_; }
    /// The first write: `headerAndAudio` begins with header(), which claims nothing yet. False when not all
    /// of it could be written: the part is worth nothing then. `error` says why.
    bool begin(Pieces headerAndAudio, std::size_t audioBytes, std::error_code& error);
    /// Returns how much of `audio` the part holds now, in whole frames; less than all with an error.
    Written append(Pieces audio);
    /// Makes the header true. False, to be repeated, when it cannot be written.
    bool updateHeader();
    /// The format was declared wrongly; the bytes stay.
    void correct(const wav::Format& format, std::uint64_t sample, std::int64_t utcNs);
    /// It began `ns` later than thought; nothing when that is not known at all.
    void shiftTime(std::int64_t ns);
    /// Nothing follows: brings the header up to date, false when that cannot be written. The file stays open.
    bool end();
    /// Closes the file.
    void close() { file_.reset(); }
    /// Closes it with its content on its way to the disk; may wait for a disk that is busy.
    void settle();
    /// Writes a corrected header, into the file that was closed if need be.
    bool rewrite(Storage& storage);

    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t firstByte() const { return firstByte_; }
    /// With the count of samples as of now.
    PartInfo info() const;

private:
    std::unique_ptr<File> file_; // empty once closed
    PartInfo info_;
    std::uint64_t firstByte_;
    wav::Header header_;
    std::uint64_t bytes_ = 0; // of audio
    bool stale_ = false;      // the file's header says less than there is
};

} // namespace lm::wavfilesink
