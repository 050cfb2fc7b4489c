#include "plugins/videofilesink/framerecorder.hpp"

#include "plugins/common/files/partname.hpp"
#include "plugins/common/video/h264.hpp"

#include <array>
#include <utility>

namespace lm::videofilesink {

using files::Piece;

namespace {

constexpr std::int64_t millisecond = 1'000'000;

Piece pieceOf(video::Bytes bytes) {
    return std::as_bytes(bytes);
}

} // namespace

void FrameRecorder::setStream(video::Codec codec, video::Size size) {
    codec_ = codec;
    size_ = size;
}

void FrameRecorder::remember(const Frame& frame) {
    if (codec_ != video::Codec::H264) return;
    auto content = video::inspect(frame.data);
    if (!content.sps.empty()) sps_ = std::move(content.sps);
    if (!content.pps.empty()) pps_ = std::move(content.pps);
}

void FrameRecorder::write(const Frame& frame) {
    finished_ = false;
    if (frame.key) remember(frame);
    end_ = frame.position + 1;
    if (!part_) {
        const bool may = frame.key && (!stats_.paused || backoff_.due(clock_()));
        if (may && begin(frame)) return;
        ++stats_.skippedFrames;
        return;
    }
    std::error_code error;
    if (append(*part_, frame, error)) return;
    const std::string path = part_->info.path;
    close();
    ++stats_.skippedFrames;
    pause(error, path, frame.position);
}

bool FrameRecorder::begin(const Frame& frame) {
    Part part;
    part.info.number = stats_.parts + 1;
    part.info.sample = frame.position;
    if (utcNs_ != 0) part.info.utcNs = utcNs_ + static_cast<std::int64_t>(frame.position) * millisecond;
    auto opened = create(part.info.path);
    std::error_code error = opened.error;
    part.file = std::move(opened.file);
    if (!part.file || !append(part, frame, error)) {
        if (part.file) storage_.remove(part.info.path);
        pause(error, part.info.path, frame.position);
        return false;
    }
    if (part.info.number == 1) location_ = part.info.path;
    ++stats_.parts;
    if (std::exchange(stats_.paused, false)) {
        backoff_.succeeded(clock_());
        stats_.skippedSamples += frame.position - pausedAt_;
        listener_.resumed(frame.position, frame.position - pausedAt_);
    }
    listener_.partOpened(part.info);
    part_ = std::move(part);
    return true;
}

/// What has to stand in the file before the data of `frame`.
std::size_t FrameRecorder::lead(Part& part, const Frame& frame) {
    lead_.clear();
    const auto add = [this](const auto& bytes) { lead_.insert(lead_.end(), bytes.begin(), bytes.end()); };
    if (codec_ != video::Codec::H264) {
        if (part.bytes == 0) add(video::ivfHeader(codec_, size_, 0));
        add(video::ivfFrameHeader(static_cast<std::uint32_t>(frame.data.size()), frame.position));
    } else if (part.bytes == 0) {
        const auto content = video::inspect(frame.data);
        if (content.sps.empty()) add(sps_);
        if (content.pps.empty()) add(pps_);
    }
    return lead_.size();
}

bool FrameRecorder::append(Part& part, const Frame& frame, std::error_code& error) {
    const std::size_t size = lead(part, frame) + frame.data.size();
    const std::array pieces{pieceOf(lead_), pieceOf(frame.data)};
    const auto written = part.file->writeAt(part.bytes, pieces);
    if (written.bytes < size) {
        if (part.bytes > 0) part.file->cut(part.bytes); // else it is removed
        error = written.error;
        return false;
    }
    part.bytes += size;
    part.info.bytes = part.bytes;
    ++part.frames;
    stats_.recordedBytes += size;
    part.info.samples = frame.position + 1 - part.info.sample;
    if (codec_ == video::Codec::H264) return true;
    const auto header = video::ivfHeader(codec_, size_, part.frames);
    const std::array count{pieceOf(video::Bytes(header).subspan(video::ivfFrameCountOffset, 4))};
    if (part.file->writeAt(video::ivfFrameCountOffset, count).bytes < 4) ++stats_.headerFailures;
    return true;
}

files::Opened FrameRecorder::create(std::string& path) {
    files::Opened opened;
    for (unsigned attempt = 1; attempt <= files::mostAttempts; ++attempt) {
        path = files::partName(location_, stats_.parts + 1, attempt);
        opened = storage_.create(path);
        if (opened.file || opened.error != std::errc::file_exists) return opened;
    }
    return opened;
}

void FrameRecorder::close() {
    if (!part_) return;
    stats_.recordedSamples += part_->info.samples;
    listener_.partClosed(part_->info);
    part_.reset();
}

void FrameRecorder::pause(std::error_code error, const std::string& path, std::uint64_t position) {
    backoff_.failed(clock_());
    if (std::exchange(stats_.paused, true)) return;
    pausedAt_ = position;
    listener_.paused(position, error.message(), path);
}

void FrameRecorder::finish() {
    close();
    if (std::exchange(finished_, true)) return;
    if (stats_.paused) stats_.skippedSamples += end_ - std::exchange(pausedAt_, end_);
    listener_.finished(stats_);
}

Stats FrameRecorder::stats() const {
    Stats stats = stats_;
    if (part_) stats.recordedSamples += part_->info.samples;
    if (stats.paused) stats.skippedSamples += end_ - pausedAt_;
    return stats;
}

} // namespace lm::videofilesink
