#pragma once

#include "plugins/common/files/storage.hpp"
#include "plugins/videofilesink/listener.hpp"

namespace lm::videofilesink {

/// Writes the bytes of a muxer where it wants them, into a new file that appears with the first of them. A
/// muxer cannot go on behind a hole: the first write that fails is the last one, and the file stays playable
/// up to there. One thread at a time.
class MovieWriter {
public:
    MovieWriter(files::Storage& storage, Listener& listener, std::string location)
        : storage_(storage), listener_(listener), location_(std::move(location)) {}

    void seek(std::uint64_t offset) { offset_ = offset; }
    void write(files::Pieces pieces);
    void finish() { file_.reset(); }
    std::uint64_t bytes() const { return bytes_; }
    bool failed() const { return failed_; }

private:
    bool open();
    void fail(std::error_code error);

    files::Storage& storage_;
    Listener& listener_;
    std::string location_;
    std::unique_ptr<files::File> file_;
    std::uint64_t offset_ = 0;
    std::uint64_t bytes_ = 0;
    bool opened_ = false;
    bool failed_ = false;
};

} // namespace lm::videofilesink
