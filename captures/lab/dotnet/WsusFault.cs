// SPDX-License-Identifier: GPL-2.0-or-later
//
// A fault that a client asks for. The client cannot read cookies and the server gave out none worth reading, so the lab
// uses the opaque bytes of a cookie to say what shall go wrong: "fault ErrorCode [Message]".

using System;
using System.Text;

namespace WindowsUpdateLab
{
    public class WsusFault
    {
        public string ErrorCode;
        public string Message;

        public static byte[] Order(string errorCode, string message)
        {
            return Encoding.ASCII.GetBytes(("fault " + errorCode + " " + message).TrimEnd());
        }

        // null: no fault was asked for
        public static WsusFault Asked(byte[] opaque)
        {
            string[] words = Encoding.ASCII.GetString(opaque ?? new byte[0]).Split(new[] { ' ' }, 3);
            if (words.Length < 2 || words[0] != "fault")
                return null;
            return new WsusFault { ErrorCode = words[1], Message = words.Length > 2 ? words[2] : "" };
        }

        // The server blames itself for these two, and the client for all others.
        public bool IsServerSide
        {
            get { return ErrorCode == "InternalServerError" || ErrorCode == "ServerBusy"; }
        }
    }
}
