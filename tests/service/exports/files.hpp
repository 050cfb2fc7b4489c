#pragma once

#include "plugins/common/wav/header.hpp"
#include "service/downloads/confined.hpp"
#include "service/downloads/snapshot.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace lm::exports {

/// A mono recording of `frames` samples, each of the value `sample`.
inline std::string wavOf(std::size_t frames, std::int16_t sample, std::uint32_t rate = 1000) {
    const auto header = wav::header({rate, 1, 16}, 2 * frames, 0);
    std::string text(reinterpret_cast<const char*>(header.data()), header.size());
    for (std::size_t i = 0; i < frames; ++i)
        text += {static_cast<char>(sample & 0xff), static_cast<char>(sample >> 8)};
    return text;
}

inline std::shared_ptr<const downloads::Snapshot> snapshotOf(const std::filesystem::path& file,
                                                             const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
    auto taken = downloads::takeSnapshot(
        std::move(*downloads::openBelow(file.parent_path().string(), file.filename().string())));
    if (!taken) throw std::runtime_error(taken.error().message);
    return *taken;
}

} // namespace lm::exports
