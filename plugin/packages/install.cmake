# Installation and its undoing; README.md beside this file says more.
#
#   cmake --install build                    for all users, where Wireshark is
#   cmake --install build --component user   for the user who runs it; nothing of that choice stays in the build folder
#   cmake --build build --target uninstall   undoes the former; uninstall-user the latter
#
# The module and the profile go where Wireshark looks for them; the command wuerr and the documents follow the prefix.
#
# SPDX-License-Identifier: GPL-2.0-or-later

set(former ${WSUS_USER_INSTALL}) # an option of 1.0.0
unset(WSUS_USER_INSTALL CACHE)
if(former)
  message(FATAL_ERROR "WSUS_USER_INSTALL is no option any more; for one user: cmake --install build --component user")
endif()

set(version_dir ${Wireshark_MAJOR_VERSION}.${Wireshark_MINOR_VERSION})
if(CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT)
  set(CMAKE_INSTALL_PREFIX ${Wireshark_INSTALL_PREFIX} CACHE PATH "Where the command wuerr is installed" FORCE)
endif()
include(GNUInstallDirs)

# compressed FILE NAME: appends the file as NAME.gz, the same each time, or as NAME where there is no gzip, to `documents`.
find_program(GZIP_PROGRAM gzip)
mark_as_advanced(GZIP_PROGRAM)
function(compressed list file name)
  set(target ${CMAKE_CURRENT_BINARY_DIR}/documents/${name})
  configure_file(${file} ${target} COPYONLY)
  if(GZIP_PROGRAM)
    execute_process(COMMAND ${GZIP_PROGRAM} -9nf ${target} RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "${file} cannot be compressed")
    endif()
    string(APPEND target .gz)
  endif()
  set(${list} ${target} PARENT_SCOPE)
endfunction()
compressed(manual plugin/wuerr/wuerr.1 wuerr.1)
compressed(changes plugin/CHANGELOG.md changelog)
set(documents README.md plugin/fields.md plugin/packages/debian/copyright ${changes})
file(GLOB profile_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/plugin/profile/*)
list(TRANSFORM profile_files REPLACE ".*/" "" OUTPUT_VARIABLE profile_names)
list(TRANSFORM profile_files REPLACE "(.+)" "\"\\1\"" OUTPUT_VARIABLE quoted_files)
string(REPLACE ";" " " quoted_files "${quoted_files}")

# ---- for all users --------------------------------------------------------------------------------------------------

set(plugin_dir ${Wireshark_PLUGIN_INSTALL_DIR}/epan)
set(profile_dir ${Wireshark_INSTALL_PREFIX}/share/wireshark/profiles)
set(all_module ${plugin_dir}/wsus.so)
set(all_profile "${profile_dir}/Windows Update")
if(CMAKE_INSTALL_PREFIX STREQUAL Wireshark_INSTALL_PREFIX)
  file(RELATIVE_PATH plugin_dir ${Wireshark_INSTALL_PREFIX} ${plugin_dir})
  file(RELATIVE_PATH profile_dir ${Wireshark_INSTALL_PREFIX} ${profile_dir})
  include(plugin/packages/packages.cmake)
endif()
set(uninstall ${CMAKE_CURRENT_BINARY_DIR}/uninstall.cmake)
install(CODE "set(WHO all)\nset(CHECK TRUE)\ninclude(\"${uninstall}\")")
install(TARGETS wsus LIBRARY DESTINATION ${plugin_dir})
install(TARGETS wuerr RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${documents} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/wireshark-wsus)
install(FILES ${profile_files} DESTINATION "${profile_dir}/Windows Update")

# ---- for one user: the folders are those of who installs, found out then -----------------------------------------------

set(for_user COMPONENT user EXCLUDE_FROM_ALL)
install(CODE "set(WHO user)\nset(CHECK TRUE)\ninclude(\"${uninstall}\")\nset(CMAKE_INSTALL_PREFIX \${home})" ${for_user})
install(TARGETS wsus LIBRARY DESTINATION .local/lib/wireshark/plugins/${version_dir}/epan ${for_user})
install(TARGETS wuerr RUNTIME DESTINATION .local/bin ${for_user})
install(FILES ${manual} DESTINATION .local/share/man/man1 ${for_user})
install(FILES ${documents} DESTINATION .local/share/doc/wireshark-wsus ${for_user})
install(CODE "file(INSTALL DESTINATION \"\${config}/wireshark/profiles/Windows Update\" TYPE FILE FILES ${quoted_files})" ${for_user})

# ---- undoing --------------------------------------------------------------------------------------------------------

configure_file(plugin/packages/uninstall.cmake.in ${uninstall} @ONLY)
foreach(who all user)
  set(target uninstall)
  if(who STREQUAL "user")
    set(target uninstall-user)
  endif()
  add_custom_target(${target} COMMAND ${CMAKE_COMMAND} -DWHO=${who} -P ${uninstall} VERBATIM)
endforeach()
