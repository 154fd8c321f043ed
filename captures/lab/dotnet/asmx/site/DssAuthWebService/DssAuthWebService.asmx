<%@ WebService Language="C#" Class="WindowsUpdateLab.DssAuthWebService" %>
