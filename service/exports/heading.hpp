#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace lm::exports {

/// Writes into the beginning of a Matroska file what a muxer cannot say that never goes back: how long it is,
/// for the time bar of a player, and its title. Pure.
class Heading {
public:
    /// `length` 0: it is not known, and not said.
    Heading(std::chrono::nanoseconds length, std::string title) : length_(length), title_(std::move(title)) {}

    /// The next bytes of the file come in, those that can go out come back. What is no Matroska file passes
    /// as it is.
    std::string pass(std::string_view bytes);

private:
    std::string said() const;

    const std::chrono::nanoseconds length_;
    const std::string title_;
    std::string held_; // until it is known where the words belong
    bool done_ = false;
};

} // namespace lm::exports
