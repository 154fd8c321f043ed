<%@ WebService Language="C#" Class="WindowsUpdateLab.SimpleAuthWebService" %>
