#include "plugins/wavfilesink/part.hpp"

#include <algorithm>

namespace lm::wavfilesink {

bool Part::begin(Pieces headerAndAudio, std::size_t audioBytes, std::error_code& error) {
    const Written written = file_->writeAt(0, headerAndAudio);
    error = written.error;
    if (written.bytes < header_.size() + audioBytes) return false;
    bytes_ = audioBytes;
    stale_ = true;
    return true;
}

Written Part::append(Pieces audio) {
    Written written = file_->writeAt(header_.size() + bytes_, audio);
    if (written.error)
        written.bytes -=
            std::min<std::size_t>(written.bytes, (bytes_ + written.bytes) % info_.format.frameBytes());
    bytes_ += written.bytes;
    stale_ = stale_ || written.bytes > 0;
    return written;
}

bool Part::updateHeader() {
    wav::setDataBytes(header_, bytes_ - bytes_ % info_.format.frameBytes());
    const Piece piece(header_);
    stale_ = file_->writeAt(0, {&piece, 1}).bytes < header_.size();
    return !stale_;
}

void Part::correct(const wav::Format& format, std::uint64_t sample, std::int64_t utcNs) {
    info_.format = format;
    info_.sample = sample;
    info_.utcNs = utcNs;
    header_ = wav::header(format, bytes_ - bytes_ % format.frameBytes(), utcNs);
}

void Part::shiftTime(std::int64_t ns) {
    if (info_.utcNs != 0) correct(info_.format, info_.sample, info_.utcNs + ns);
}

bool Part::end() {
    return !stale_ || updateHeader();
}

void Part::settle() {
    if (file_) file_->settle();
    close();
}

bool Part::rewrite(Storage& storage) {
    if (file_) return updateHeader();
    file_ = storage.reopen(info_.path).file;
    const bool written = file_ && updateHeader();
    close();
    return written;
}

PartInfo Part::info() const {
    PartInfo info = info_;
    info.samples = bytes_ / info_.format.frameBytes();
    return info;
}

} // namespace lm::wavfilesink
