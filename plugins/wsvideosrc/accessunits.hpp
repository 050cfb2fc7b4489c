#pragma once

#include "plugins/common/video/h264.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace lm::wsvideosrc {

/// Access units out of an Annex B stream that comes in messages. A sender that puts one access unit into each
/// message is believed once three messages in a row have begun with one: from then on a unit is complete with
/// its message. A message that begins otherwise proves that the stream is cut anywhere: from then on a unit
/// is complete when the next one begins, and the last one at the end. Bytes before the first start code, and
/// units beyond `maxBytes`, are dropped. Not thread-safe.
class AccessUnits {
public:
    using Output = std::function<void(std::vector<std::uint8_t>)>;

    explicit AccessUnits(std::size_t maxBytes) : maxBytes_(maxBytes) {}

    void message(video::Bytes bytes, const Output& output);
    /// Nothing follows: hands out what is there.
    void finish(const Output& output);

    std::uint64_t droppedBytes() const { return droppedBytes_; }
    /// Those beyond maxBytes().
    std::uint64_t droppedUnits() const { return droppedUnits_; }
    std::size_t maxBytes() const { return maxBytes_; }
    bool cutAnywhere() const { return trust_ == cut; }

private:
    static constexpr int cut = -1;
    static constexpr int trusted = 3; // messages

    void judge(video::Bytes message);
    void split(const Output& output);
    void emit(std::size_t end, const Output& output);
    void forget();

    const std::size_t maxBytes_;
    std::vector<std::uint8_t> held_;
    std::size_t start_ = 0;   // of the unit that is put together; not 0 only while a message is taken
    std::size_t scanned_ = 0; // where the next start code is looked for
    bool picture_ = false;    // held_ up to scanned_ has a coded slice
    bool begun_ = false;      // a start code has been seen
    int trust_ = 0;           // messages that began with an access unit, or `cut`
    std::uint64_t droppedBytes_ = 0;
    std::uint64_t droppedUnits_ = 0;
};

} // namespace lm::wsvideosrc
