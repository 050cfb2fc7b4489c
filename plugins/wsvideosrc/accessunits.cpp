#include "plugins/wsvideosrc/accessunits.hpp"

#include <algorithm>
#include <utility>

namespace lm::wsvideosrc {

using video::Bytes;

void AccessUnits::message(Bytes bytes, const Output& output) {
    if (bytes.empty()) return;
    if (trust_ != cut) judge(bytes);
    held_.insert(held_.end(), bytes.begin(), bytes.end());
    split(output);
    if (trust_ >= trusted && picture_) emit(held_.size(), output);
    forget();
    if (held_.size() <= maxBytes_) return;
    droppedBytes_ += held_.size();
    ++droppedUnits_;
    held_.clear();
    scanned_ = 0;
    picture_ = begun_ = false;
}

void AccessUnits::judge(Bytes message) {
    const auto code = video::findStartCode(message, 0);
    const bool begins = code && code->begin == 0 && code->nal + 1 < message.size() &&
                        video::beginsAccessUnit(message.subspan(code->nal, 2));
    // No NAL unit ends with a zero: what stands there belongs to the start code that follows.
    const bool inside = !held_.empty() && held_.back() == 0;
    if (!begins || inside)
        trust_ = cut;
    else if (trust_ < trusted && (held_.empty() || picture_)) // else a message has less than a unit
        ++trust_;
}

void AccessUnits::split(const Output& output) {
    while (const auto code = video::findStartCode(held_, scanned_)) {
        if (!begun_) {
            droppedBytes_ += code->begin - start_;
            start_ = scanned_ = code->begin;
            begun_ = true;
            continue;
        }
        if (code->nal + 1 >= held_.size()) { // of the NAL two bytes are needed
            scanned_ = code->begin;
            return;
        }
        const Bytes unit = Bytes(held_).subspan(code->nal, 2);
        if (picture_ && video::beginsAccessUnit(unit)) {
            emit(code->begin, output);
            continue;
        }
        picture_ = picture_ || video::isVcl(video::nalType(unit[0]));
        scanned_ = code->nal;
    }
    // A start code may be cut: its zeros are looked at again.
    const std::size_t tail = held_.size() - start_ > 3 ? held_.size() - 3 : start_;
    if (begun_) {
        scanned_ = std::max(scanned_, tail);
    } else {
        droppedBytes_ += tail - start_;
        start_ = scanned_ = tail;
    }
}

/// A unit has as much memory as it needs: one message may have a hundred thousand of them.
void AccessUnits::emit(std::size_t end, const Output& output) {
    const auto at = [&](std::size_t position) {
        return held_.begin() + static_cast<std::ptrdiff_t>(position);
    };
    std::vector<std::uint8_t> unit(at(start_), at(end));
    start_ = scanned_ = end;
    picture_ = false;
    output(std::move(unit));
}

/// Once a message: what was handed out is moved over by the rest, or given back when there is none.
void AccessUnits::forget() {
    if (start_ == held_.size())
        std::vector<std::uint8_t>().swap(held_);
    else
        held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(start_));
    scanned_ -= start_;
    start_ = 0;
}

void AccessUnits::finish(const Output& output) {
    if (begun_ && picture_) emit(held_.size(), output);
    forget();
    droppedBytes_ += held_.size();
    held_.clear();
    scanned_ = 0;
    picture_ = begun_ = false;
}

} // namespace lm::wsvideosrc
