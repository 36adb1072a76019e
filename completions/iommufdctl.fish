# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for iommufdctl: the tool itself knows how a line can go on.

function __iommufdctl_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    if test "$lines[1]" = :files
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $lines
    end
end

complete -c iommufdctl -f -a '(__iommufdctl_complete)'
