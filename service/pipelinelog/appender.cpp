#include "service/pipelinelog/appender.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace lm::pipelinelog {
namespace {

/// Everything, or the errno that stopped it; `done` counts what is written.
int writeAll(int fd, const std::string& text, std::size_t& done) {
    while (done < text.size()) {
        const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        done += static_cast<std::size_t>(n);
    }
    return 0;
}

/// The last `bytes` of the file, which a full disk cut: half a line would spoil the next one, also when the
/// file is opened anew for that.
bool takeBack(int fd, std::size_t bytes) {
    struct stat file = {};
    return ::fstat(fd, &file) == 0 && ::ftruncate(fd, file.st_size - static_cast<off_t>(bytes)) == 0;
}

/// Who tidies up may remove a directory that has just been made and is still empty.
int openWithDirectories(const std::string& path) {
    int fd = -1;
    for (int attempt = 0; fd < 0 && attempt < 3; ++attempt) {
        std::error_code ignored; // open() says what is wrong
        std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
        fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
        if (fd < 0 && errno != ENOENT) break;
    }
    return fd;
}

} // namespace

Appender::~Appender() {
    for (const Open& entry : open_)
        ::close(entry.fd);
}

int Appender::append(const std::string& path, const std::string& lines) {
    auto entry = open_.end();
    if (const int failed = open(path, entry)) return failed;
    std::size_t done = 0;
    const std::string text = entry->torn ? "\n" + lines : lines;
    const int failed = writeAll(entry->fd, text, done);
    if (failed && takeBack(entry->fd, done)) done = 0;
    if (done > 0) entry->torn = text[done - 1] != '\n';
    return failed;
}

int Appender::open(const std::string& path, std::list<Open>::iterator& entry) {
    entry = std::find_if(open_.begin(), open_.end(), [&](const Open& o) { return o.path == path; });
    if (entry != open_.end()) {
        // A file that was rotated or deleted is left behind.
        struct stat mine = {};
        struct stat named = {};
        const bool same = ::fstat(entry->fd, &mine) == 0 && ::stat(path.c_str(), &named) == 0 &&
                          mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
        if (same) {
            open_.splice(open_.begin(), open_, entry);
            return 0;
        }
        ::close(entry->fd);
        open_.erase(entry);
    }
    const int fd = openWithDirectories(path);
    if (fd < 0) return errno;
    open_.push_front({path, fd, false});
    entry = open_.begin();
    if (open_.size() > maxOpen_) {
        ::close(open_.back().fd);
        open_.pop_back();
    }
    return 0;
}

} // namespace lm::pipelinelog
