#pragma once

#include "plugins/common/video/ivf.hpp"

#include <functional>
#include <string>
#include <vector>

namespace lm::wsvideosrc {

/// Frames out of an IVF stream that is cut anywhere. Its times are not used: they are the sender's. Not
/// thread-safe.
class IvfReader {
public:
    using Output = std::function<void(std::vector<std::uint8_t>)>;

    /// Frames beyond `maxBytes` cannot be true: the stream ends there.
    explicit IvfReader(std::size_t maxBytes) : maxBytes_(maxBytes) {}

    void append(video::Bytes bytes, const Output& output);

    const std::optional<video::IvfStream>& stream() const { return stream_; }
    /// Empty while all is well.
    const std::string& problem() const { return problem_; }
    /// Of a frame or header that is not complete.
    std::size_t held() const { return held_.size(); }

private:
    const std::size_t maxBytes_;
    std::vector<std::uint8_t> held_;
    std::optional<video::IvfStream> stream_;
    std::string problem_;
};

} // namespace lm::wsvideosrc
