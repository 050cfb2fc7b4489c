#include "plugins/wavfilesink/recorder.hpp"

#include "plugins/common/files/partname.hpp"

#include <algorithm>
#include <array>

namespace lm::wavfilesink {
namespace {

/// A part begins on a multiple of so many frames, so that its first byte stays the first of a frame when the
/// number of channels proves wrong.
constexpr std::uint64_t alignment = 8;
/// Older parts than these are not corrected: memory is bounded.
constexpr std::size_t mostCorrected = 64;

} // namespace

std::int64_t Recorder::Run::utcAt(std::uint64_t byte) const {
    if (anchorUtcNs == 0) return anchorUtcNs;
    const std::uint64_t frames = (byte - anchorByte) / format.frameBytes();
    const std::uint64_t billion = 1'000'000'000;
    const std::uint64_t ns = frames / format.rate * billion + frames % format.rate * billion / format.rate;
    return anchorUtcNs + static_cast<std::int64_t>(ns);
}

Recorder::Recorder(Storage& storage, Listener& listener, Config config, Clock clock)
    : storage_(storage), listener_(listener), config_(std::move(config)), clock_(std::move(clock)),
      location_(config_.location) {}

void Recorder::setFormat(const wav::Format& format) {
    Run next;
    next.format = format;
    if (run_) {
        if (run_->format == format) return;
        closePart();
        earlier_ = stats();
        closed_.clear();
        next.firstSample = run_->sampleAt(run_->received);
        next.anchorUtcNs = run_->utcAt(run_->received);
    }
    run_ = next;
}

void Recorder::correctFormat(std::uint32_t rate, std::uint32_t channels) {
    if (!run_ || rate == 0 || channels == 0) return;
    const std::uint64_t before = run_->format.frameBytes();
    wav::Format format = run_->format;
    format.rate = rate;
    format.channels = channels;
    if (format == run_->format) return;
    run_->format = format;
    if (paused_ && pausedSample_ > run_->firstSample)
        pausedSample_ = run_->sampleAt((pausedSample_ - run_->firstSample) * before);
    const auto correct = [&](Part& part) {
        // A newer anchor says nothing about what began before it.
        const bool older = part.firstByte() < run_->anchorByte;
        const std::int64_t utcNs = older ? part.info().utcNs : run_->utcAt(part.firstByte());
        part.correct(format, run_->sampleAt(part.firstByte()), utcNs);
    };
    for (Part& part : closed_) {
        correct(part);
        countHeader(part.rewrite(storage_));
    }
    if (!part_) return;
    correct(*part_);
    countHeader(part_->updateHeader());
}

void Recorder::anchor(std::int64_t utcNs) {
    if (!run_) return;
    run_->anchorUtcNs = utcNs;
    run_->anchorByte = run_->received;
}

void Recorder::shiftTime(std::int64_t ns) {
    if (!run_) return;
    if (run_->anchorUtcNs != 0) run_->anchorUtcNs += ns;
    for (Part& part : closed_) {
        part.shiftTime(ns);
        countHeader(part.rewrite(storage_));
    }
    if (!part_) return;
    part_->shiftTime(ns);
    countHeader(part_->updateHeader());
}

void Recorder::write(Pieces pieces) {
    if (!run_) return;
    finished_ = false;
    cursor_.reset(pieces);
    if (paused_) {
        if (!backoff_.due(clock_())) return skip(cursor_.remaining());
        alignAfterPause();
    }
    while (cursor_.remaining() > 0)
        if (!(part_ ? appendToPart() : beginPart())) return skip(cursor_.remaining());
}

bool Recorder::beginPart() {
    PartInfo info;
    info.number = stats().parts + 1;
    info.sample = run_->sampleAt(run_->received);
    info.utcNs = run_->utcAt(run_->received);
    info.format = run_->format;
    info.path = partName(location_, info.number, 1);
    Opened opened = create(info.path);
    if (!opened.file) {
        pause(opened.error, info.path);
        return false;
    }
    Part part(std::move(opened.file), info, run_->received);
    const std::size_t chunk = std::min<std::uint64_t>(cursor_.remaining(), mostAudioBytes());
    std::error_code error;
    if (!part.begin(cursor_.take(chunk, part.header()), chunk, error)) {
        storage_.remove(info.path);
        pause(error, info.path);
        run_->received += chunk;
        return false;
    }
    if (paused_) resume(info.sample);
    if (info.number == 1) location_ = info.path;
    ++earlier_.parts;
    run_->received += chunk;
    run_->recorded += chunk;
    part_ = std::move(part);
    countHeader(part_->updateHeader());
    listener_.partOpened(part_->info());
    return true;
}

Opened Recorder::create(std::string& path) {
    const unsigned number = stats().parts + 1;
    Opened opened;
    for (unsigned attempt = 1; attempt <= mostAttempts; ++attempt) {
        path = partName(location_, number, attempt);
        opened = storage_.create(path);
        if (opened.file || opened.error != std::errc::file_exists) return opened;
    }
    return opened;
}

bool Recorder::appendToPart() {
    const std::uint64_t most = mostAudioBytes();
    const std::size_t chunk =
        std::min<std::uint64_t>(cursor_.remaining(), most - std::min(most, part_->bytes()));
    if (chunk == 0) {
        closePart();
        return true;
    }
    const Written written = part_->append(cursor_.take(chunk));
    run_->received += written.bytes;
    run_->recorded += written.bytes;
    countHeader(part_->updateHeader());
    if (written.bytes == chunk) return true;
    const std::string path = part_->info().path;
    closePart();
    pause(written.error, path);
    run_->received += chunk - written.bytes;
    return false;
}

void Recorder::closePart() {
    if (!part_) return;
    countHeader(part_->end());
    listener_.partClosed(part_->info());
    if (!closed_.empty()) closed_.back().close();
    closed_.push_back(std::move(*part_));
    if (closed_.size() > mostCorrected) closed_.pop_front();
    part_.reset();
}

void Recorder::countHeader(bool written) {
    if (!written) ++earlier_.headerFailures;
}

void Recorder::skip(std::size_t bytes) {
    cursor_.skip(bytes);
    run_->received += bytes;
}

void Recorder::alignAfterPause() {
    const std::uint64_t unit = alignment * run_->format.frameBytes();
    const std::uint64_t beyond = run_->received % unit;
    if (beyond > 0) skip(std::min<std::uint64_t>(unit - beyond, cursor_.remaining()));
}

void Recorder::pause(std::error_code error, const std::string& path) {
    backoff_.failed(clock_());
    if (std::exchange(paused_, true)) return;
    pausedSample_ = run_->sampleAt(run_->received);
    listener_.paused(pausedSample_, error.message(), path);
}

void Recorder::resume(std::uint64_t sample) {
    paused_ = false;
    backoff_.succeeded(clock_());
    listener_.resumed(sample, sample - pausedSample_);
}

void Recorder::finish() {
    closePart();
    if (!std::exchange(finished_, true)) listener_.finished(stats());
}

void Recorder::settle() {
    for (Part& part : closed_)
        part.settle();
}

std::uint64_t Recorder::mostAudioBytes() const {
    const std::uint64_t unit = alignment * run_->format.frameBytes();
    const std::uint64_t room = config_.maxBytes - std::min<std::uint64_t>(config_.maxBytes, wav::headerBytes);
    return std::max(unit, room - room % unit);
}

Stats Recorder::stats() const {
    Stats stats = earlier_;
    stats.paused = paused_;
    if (!run_) return stats;
    stats.recordedSamples += run_->recorded / run_->format.frameBytes();
    stats.recordedBytes += run_->recorded;
    stats.skippedSamples += (run_->received - run_->recorded) / run_->format.frameBytes();
    return stats;
}

} // namespace lm::wavfilesink
