#include "plugins/wsvideosrc/ivfreader.hpp"

namespace lm::wsvideosrc {

using video::Bytes;

void IvfReader::append(Bytes bytes, const Output& output) {
    if (!problem_.empty()) return;
    held_.insert(held_.end(), bytes.begin(), bytes.end());
    std::size_t at = 0;
    if (!stream_) {
        if (held_.size() < video::ivfHeaderBytes) return;
        const auto header = video::readIvfHeader(held_);
        if (!header) {
            problem_ = "it begins like IVF and has no IVF header";
            return;
        }
        if (held_.size() < header->headerBytes) return;
        stream_ = header;
        at = header->headerBytes;
    }
    while (held_.size() - at >= video::ivfFrameHeaderBytes) {
        const std::size_t size = video::readLe32(held_, at);
        if (size > maxBytes_) {
            problem_ = "an IVF frame of " + std::to_string(size) + " bytes";
            break;
        }
        if (held_.size() - at - video::ivfFrameHeaderBytes < size) break;
        const auto begin = held_.begin() + static_cast<std::ptrdiff_t>(at + video::ivfFrameHeaderBytes);
        if (size > 0) output({begin, begin + static_cast<std::ptrdiff_t>(size)});
        at += video::ivfFrameHeaderBytes + size;
    }
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(at));
    if (!problem_.empty()) held_.clear();
}

} // namespace lm::wsvideosrc
