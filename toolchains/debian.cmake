# Cross-building for a Debian release and architecture with this machine's compilers, against the sysroot that
# `toolchains/sysroot <release> <arch>` makes. Programs for the host (protoc, grpc_cpp_plugin) come from the host: they
# are of the same version in both releases. TIDEGATE_RELEASE: bookworm or trixie; TIDEGATE_ARCH: amd64, arm64 or armhf.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TIDEGATE_RELEASE TIDEGATE_ARCH)
set(triplet_amd64 x86_64-linux-gnu)
set(triplet_arm64 aarch64-linux-gnu)
set(triplet_armhf arm-linux-gnueabihf)
set(triplet ${triplet_${TIDEGATE_ARCH}})
set(CMAKE_SYSTEM_NAME Linux)
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR ${triplet})
set(CMAKE_CXX_COMPILER ${triplet}-g++)
set(CMAKE_STRIP ${triplet}-strip)
set(CMAKE_LIBRARY_ARCHITECTURE ${triplet})

set(CMAKE_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../build/sysroot-${TIDEGATE_RELEASE}-${TIDEGATE_ARCH})
cmake_path(NORMAL_PATH CMAKE_SYSROOT)
if(NOT EXISTS ${CMAKE_SYSROOT}/usr/include)
  message(FATAL_ERROR
    "There is no ${CMAKE_SYSROOT}: run toolchains/sysroot ${TIDEGATE_RELEASE} ${TIDEGATE_ARCH} first")
endif()
set(CMAKE_FIND_ROOT_PATH ${CMAKE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_SYSROOT}/usr/lib/${triplet}/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig)

# The target's libc and libstdc++ before the compiler's own: trixie's libraries want symbols that Debian 12's do not have.
set(CMAKE_EXE_LINKER_FLAGS_INIT
    "-L${CMAKE_SYSROOT}/usr/lib/${triplet} -L${CMAKE_SYSROOT}/usr/lib/gcc/${triplet}/12")
if(TIDEGATE_ARCH STREQUAL "armhf")
  # Files over 2 GB and years after 2038. Trixie's libraries are built so; bookworm's pass neither to us.
  set(CMAKE_CXX_FLAGS_INIT "-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64")
endif()

# What assertions name as their file begins at the root of the repository or of the sysroot, so that a program does not
# depend on where it was built, nor on whether ccache, which makes paths relative, stood before the compiler.
cmake_path(SET source NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/..)
file(REAL_PATH ${CMAKE_SYSROOT} sysroot)
foreach(prefix ${source} ../../ ${sysroot}/ ${CMAKE_SYSROOT}/ ../sysroot-${TIDEGATE_RELEASE}-${TIDEGATE_ARCH}/)
  string(APPEND CMAKE_CXX_FLAGS_INIT " -ffile-prefix-map=${prefix}=")
endforeach()

# Tests run where they were built.
set(qemu_arm64 qemu-aarch64-static)
set(qemu_armhf qemu-arm-static)
if(DEFINED qemu_${TIDEGATE_ARCH})
  set(CMAKE_CROSSCOMPILING_EMULATOR "${qemu_${TIDEGATE_ARCH}};-L;${CMAKE_SYSROOT}")
endif()
