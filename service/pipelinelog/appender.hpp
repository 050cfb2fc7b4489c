#pragma once

#include <cstddef>
#include <list>
#include <string>

namespace lm::pipelinelog {

/// Appends whole lines to files, keeping the last used few open. Not thread-safe: one thread owns it.
class Appender {
public:
    explicit Appender(std::size_t maxOpen = 64) : maxOpen_(maxOpen) {}
    ~Appender();
    Appender(const Appender&) = delete;
    Appender& operator=(const Appender&) = delete;

    /// One O_APPEND write of `lines`, which ends with a line end; makes file and directories. 0 or an errno.
    /// What was written of lines that could not be written whole is taken back; where the file system does
    /// not allow that, a torn line is closed so that the next one stays readable.
    int append(const std::string& path, const std::string& lines);

private:
    struct Open {
        std::string path;
        int fd;
        bool torn = false; // the last write ended inside a line
    };
    int open(const std::string& path, std::list<Open>::iterator& entry);

    const std::size_t maxOpen_;
    std::list<Open> open_; // most recently used first
};

} // namespace lm::pipelinelog
