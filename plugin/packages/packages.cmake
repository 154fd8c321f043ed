# Packages of the plugin: cpack -G DEB or cpack -G RPM in the build folder; README.md beside this file says more.
#
# A module works with one minor version of Wireshark only. Both package tools find that out from what the module is
# linked to (the ABI number of libwireshark is another one in every minor version); the ranges here say it in plain
# numbers.
#
# SPDX-License-Identifier: GPL-2.0-or-later

math(EXPR next_minor "${Wireshark_MINOR_VERSION} + 1")
set(next_version ${Wireshark_MAJOR_VERSION}.${next_minor})

set(CPACK_PACKAGE_NAME wireshark-wsus)
set(CPACK_PACKAGE_VENDOR "Windows Update dissector for Wireshark")
# Whoever makes a package answers for it. The default is no address, and says so.
set(contact "Windows Update dissector <maintainers@wireshark-wsus.invalid>")
if(NOT "$ENV{DEBFULLNAME}" STREQUAL "" AND NOT "$ENV{DEBEMAIL}" STREQUAL "")
  set(contact "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()
if(NOT CPACK_PACKAGE_CONTACT)
  set(CPACK_PACKAGE_CONTACT "${contact}")
endif()
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Windows Update dissector for Wireshark ${version_dir}")
set(CPACK_PACKAGE_DESCRIPTION
  "Reads Windows Update and WSUS exchanges in captures and names every
Windows error code in them. With the command wuerr, which looks up such
codes, and the Wireshark profile Windows Update.")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_SOURCE_DIR}/COPYING)
set(CPACK_PACKAGING_INSTALL_PREFIX ${Wireshark_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_RELEASE ws${version_dir})
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libwireshark-data (>= ${version_dir}), libwireshark-data (<< ${next_version}~)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "tshark | wireshark")
set(CPACK_DEBIAN_PACKAGE_ENHANCES "wireshark, tshark")
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
find_program(FILE_PROGRAM file)
mark_as_advanced(DPKG_SHLIBDEPS FILE_PROGRAM)
if(DPKG_SHLIBDEPS AND FILE_PROGRAM)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
else()
  message(STATUS "A DEB will name no libraries that it depends on: that takes the packages dpkg-dev and file")
endif()

set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE GPL-2.0-or-later)
set(CPACK_RPM_PACKAGE_GROUP Applications/Internet)
set(CPACK_RPM_PACKAGE_DESCRIPTION ${CPACK_PACKAGE_DESCRIPTION})
set(CPACK_RPM_PACKAGE_RELEASE ws${version_dir})
set(CPACK_RPM_SPEC_MORE_DEFINE "%define packager ${CPACK_PACKAGE_CONTACT}")
set(CPACK_RPM_CHANGELOG_FILE ${CMAKE_CURRENT_BINARY_DIR}/documents/rpm-changelog)
string(CONCAT CPACK_RPM_PACKAGE_REQUIRES # the package of tshark is called wireshark-cli or wireshark, by distribution
  "((wireshark-cli >= ${version_dir} with wireshark-cli < ${next_version})"
  " or (wireshark >= ${version_dir} with wireshark < ${next_version}))")

# The folders of the RPM are those of Fedora, wherever it is made: a Debian machine has its libraries elsewhere.
set(library_dir lib64)
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
  set(library_dir lib)
endif()
foreach(folder ${library_dir} ${library_dir}/wireshark ${library_dir}/wireshark/plugins
    ${library_dir}/wireshark/plugins/${version_dir} ${library_dir}/wireshark/plugins/${version_dir}/epan
    share/licenses share/man share/man/man1 share/wireshark share/wireshark/profiles) # of Wireshark or the system
  list(APPEND CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION ${Wireshark_INSTALL_PREFIX}/${folder})
endforeach()
set(CPACK_RPM_USER_FILELIST
  "%license ${Wireshark_INSTALL_PREFIX}/share/licenses/wireshark-wsus/COPYING"
  "%doc ${Wireshark_INSTALL_PREFIX}/share/doc/wireshark-wsus/README.md"
  "%doc ${Wireshark_INSTALL_PREFIX}/share/doc/wireshark-wsus/fields.md"
  "%doc ${Wireshark_INSTALL_PREFIX}/share/doc/wireshark-wsus/changelog.gz")

# Both kinds want a list of changes in their own form: the versions stand in plugin/packages/debian/changelog.
file(STRINGS ${CMAKE_CURRENT_SOURCE_DIR}/plugin/packages/debian/changelog debian_changes)
list(FILTER debian_changes INCLUDE REGEX "^ -- ")
list(GET debian_changes 0 signature)
string(REGEX REPLACE ".*>  ([A-Z][a-z][a-z]), ([0-9]+) ([A-Z][a-z][a-z]) ([0-9]+) .*" "\\1 \\3 \\2 \\4" day "${signature}")
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/documents/rpm-changelog
  "* ${day} ${CPACK_PACKAGE_CONTACT} - ${PROJECT_VERSION}-ws${version_dir}\n- Version ${PROJECT_VERSION}; what it brings stands in changelog.gz.\n")
compressed(debian_changelog plugin/packages/debian/changelog changelog.Debian)
configure_file(plugin/packages/stage.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/stage.cmake @ONLY)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_BINARY_DIR}/stage.cmake)

include(CPack)
