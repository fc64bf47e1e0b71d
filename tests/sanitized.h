/* SANITIZED where sanitizers are built in: they bring their own allocator and call the system themselves. */
#ifndef DRUMLIN_SANITIZED_H
#define DRUMLIN_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#endif
