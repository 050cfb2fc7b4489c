#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace lm::pipelinelog {

/// Makes and appends lines on a thread of its own: a slow disk delays the lines, never who gives them. Lines
/// beyond the queue's bounds in number and bytes (of what is queued; as much again is being written), or that
/// cannot be written, are counted and reported once per run.
class LineWriter {
public:
    /// Runs on the writer's thread; nullopt writes nothing.
    using Line = std::function<std::optional<std::string>()>;

    /// `component` names the writer in the log. It keeps the `maxOpen` files that were written last open: the
    /// more lines one file gets, the more that saves.
    LineWriter(std::string component, std::size_t maxQueued, std::size_t maxBytes, std::size_t maxOpen = 64);
    /// Writes what is queued, waiting at most `patience`.
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    /// Appends a line, given without its end, to the file at `path`. Never waits for the disk. `weight`:
    /// bytes, about, that `line` holds.
    void add(std::string path, std::size_t weight, Line line);
    /// True once everything given so far is written or counted as lost; false at the deadline.
    bool flush(std::chrono::milliseconds deadline);
    /// Lines that wait to be written.
    std::size_t queued() const;
    /// Lines lost so far.
    std::uint64_t lost() const;

    std::chrono::milliseconds patience{3000};

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

} // namespace lm::pipelinelog
