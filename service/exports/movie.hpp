#pragma once

#include "service/downloads/snapshot.hpp"
#include "service/exports/feed.hpp"

#include <memory>

namespace lm::exports {

/// The bytes of a Matroska file, as far as it was when it was looked at.
class Movie : public Feed {
public:
    Movie(std::shared_ptr<const downloads::Snapshot> file, std::string name)
        : file_(std::move(file)), name_(std::move(name)) {}
    Result<std::optional<Portion>> next() override;

private:
    const std::shared_ptr<const downloads::Snapshot> file_;
    const std::string name_; // for people
    std::uint64_t at_ = 0;
};

/// Whether the file begins as one that holds pictures: one that a crash cut before them has none. Blocks.
bool holdsPictures(const downloads::Snapshot& file);

} // namespace lm::exports
