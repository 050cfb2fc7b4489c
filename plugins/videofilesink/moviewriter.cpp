#include "plugins/videofilesink/moviewriter.hpp"

#include "plugins/common/files/partname.hpp"

namespace lm::videofilesink {

bool MovieWriter::open() {
    opened_ = true;
    files::Opened opened;
    std::string path;
    for (unsigned attempt = 1; attempt <= files::mostAttempts && !opened.file; ++attempt) {
        path = files::partName(location_, 1, attempt);
        opened = storage_.create(path);
        if (!opened.file && opened.error != std::errc::file_exists) break;
    }
    location_ = path;
    file_ = std::move(opened.file);
    if (!file_) {
        fail(opened.error);
        return false;
    }
    listener_.movieOpened(location_);
    return true;
}

void MovieWriter::write(files::Pieces pieces) {
    if (failed_ || (!opened_ && !open()) || !file_) return;
    std::size_t size = 0;
    for (const auto& piece : pieces)
        size += piece.size();
    const auto written = file_->writeAt(offset_, pieces);
    offset_ += written.bytes;
    bytes_ += written.bytes;
    if (written.bytes < size) fail(written.error);
}

void MovieWriter::fail(std::error_code error) {
    failed_ = true;
    file_.reset();
    listener_.movieEnded(location_, error.message());
}

} // namespace lm::videofilesink
